"""What is checked before a robot is armed."""
