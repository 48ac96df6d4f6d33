"""The planning algorithm of the paper: numpy and onnxruntime only. Start reading at ``sampler.py``."""
