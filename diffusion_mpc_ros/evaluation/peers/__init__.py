"""What a user would write in plain PyTorch, to compare speed with."""
