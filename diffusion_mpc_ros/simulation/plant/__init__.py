"""The plant: one process that behaves like a Go2 on its DDS bus, with MuJoCo for a body. It knows no ROS."""
