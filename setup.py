"""Package description for colcon (ament_python) and for pip, which read the same file."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = "diffusion_mpc_ros"
SHARE = Path("share") / NAME
LEFT_AT_HOME = (".pyc", ".pt")
"""Suffixes of what no robot needs: caches, and the checkpoints that training goes on from."""


def tree(*folders: str) -> list[tuple[str, list[str]]]:
    """Every file below the given folders, each to be installed at the same place below share/."""
    files: dict[str, list[str]] = {}
    for path in sorted(file for folder in folders for file in Path(folder).rglob("*") if file.is_file()):
        if path.suffix not in LEFT_AT_HOME:
            files.setdefault(str(SHARE / path.parent), []).append(str(path))
    return list(files.items())


# The robot's side. rclpy and the message packages come from ROS (package.xml) or from requirements/ros.txt.
ROBOT = ["numba>=0.56", "numpy>=1.21", "onnxruntime>=1.16", "pyyaml>=5.4", "unitree-sdk2py-dimos>=1.0.3"]
# mjbatch is built against one version of MuJoCo.
SIM = ["mujoco==3.14.0", "mjbatch==0.1.4", "imageio-ffmpeg>=0.5", "matplotlib>=3.7", "pillow>=9.1", "rich>=13.0"]
# An open range of torch may bring a CUDA build of several GB.
TRAIN = [*SIM, "torch==2.13.0", "onnx>=1.16", "onnxscript>=0.5.4", "rsl-rl-lib==5.5.1", "tensorboard>=2.15"]
TEST = [
    *("colcon-core>=0.18", "colcon-ros>=0.5", "rosbags>=0.10"),
    *("hypothesis>=6.100", "pytest>=8.0", "pytest-cov>=5.0", "pytest-xdist>=3.5"),
    *("bandit>=1.7", "detect-secrets>=1.5", "mypy==2.4.1", "ruff==0.17.6"),
]

setup(
    name=NAME,
    version="0.1.0",
    description="Diffusion model predictive control for the Unitree Go2 on ROS 2",
    maintainer="diffusion_mpc_ros maintainers",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (str(SHARE), ["package.xml"]),
        *tree("launch", "config", "models"),
    ],
    install_requires=ROBOT,
    extras_require={"sim": SIM, "train": TRAIN, "test": TEST},
    entry_points={
        "console_scripts": [
            f"guardian = {NAME}.robot.guardian:main",
            f"planner = {NAME}.nodes.planner_node:main",
            f"executor = {NAME}.nodes.executor_node:main",
            f"plant = {NAME}.simulation.plant.__main__:main",
        ],
    },
    zip_safe=False,
)
