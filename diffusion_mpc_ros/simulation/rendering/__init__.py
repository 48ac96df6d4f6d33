"""Pictures and films of the simulated robot, drawn in numpy: no GPU, display or graphics library is needed."""

from diffusion_mpc_ros.simulation.rendering.camera import Camera, Chase
from diffusion_mpc_ros.simulation.rendering.renderer import Renderer, render_image
from diffusion_mpc_ros.simulation.rendering.video import render_gif, render_video

__all__ = ["Camera", "Chase", "Renderer", "render_gif", "render_image", "render_video"]
