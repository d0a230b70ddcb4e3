"""The photo studio of the demo: renders its goods with Blender. Nothing imports it."""
