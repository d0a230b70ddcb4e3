"""What things are made of: procedural materials on Blender's Principled surface."""

from __future__ import annotations

from functools import cache
from typing import Any

import bpy
import numpy as np
from PIL import Image

Colour = str  # "#rrggbb", as seen on a screen
Material = Any
Nodes = Any
Socket = Any

_MADE: dict[str, Material] = {}


def forget() -> None:
    """Drop the materials of the scene before."""
    _MADE.clear()


def linear(colour: Colour, alpha: float = 1.0) -> tuple[float, float, float, float]:
    """Return a screen colour as light, the way the renderer counts."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return red, green, blue, alpha


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour `share` of the way from one to the other."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def rgb(colour: Colour) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def picture(image: Image.Image, name: str) -> Any:
    """Return a drawn pattern as an image the renderer can map onto things."""
    flat = np.asarray(image.convert("RGBA").transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    made = bpy.data.images.new(name, image.width, image.height)
    made.pixels.foreach_set((flat.astype(np.float32) / 255).ravel())
    made.update()
    made.pack()
    return made


# How many features of scale 1 a tile holds along its side.
FEATURES = {"noise": 8.0, "cells": 12.0, "cracks": 12.0, "specks": 20.0, "waves": 8.0, "grain": 4.0}


@cache
def tile(kind: str) -> np.ndarray:
    """Return a grey tile that repeats without a seam, the same each time."""
    dice = np.random.default_rng(11)
    if kind in {"cells", "cracks", "specks"}:
        return _cells(kind, dice)
    side = 256
    fy, fx = np.meshgrid(np.fft.fftfreq(side) * side, np.fft.fftfreq(side) * side, indexing="ij")
    if kind == "grain":
        fx, steep = fx * 9.0, 1.0
    else:
        steep = 1.55
    power = 1 / np.maximum(np.hypot(fx, fy), 1.0) ** steep
    power[0, 0] = 0.0
    cut = 3 if kind == "noise" else 1
    power[np.hypot(fx, fy) < cut] *= 0.4
    value = np.fft.ifft2(power * np.exp(2j * np.pi * dice.random((side, side)))).real
    value = (value - value.mean()) / (value.std() * 5) + 0.5
    if kind == "waves":
        y = np.mgrid[0:side, 0:side][0] / side
        value = 0.5 + 0.5 * np.sin(2 * np.pi * (8 * y + 1.6 * (value - 0.5)))
    return np.clip(value, 0, 1)


def _cells(kind: str, dice: np.random.Generator) -> np.ndarray:
    side, count = 256, int(FEATURES[kind])
    grid = np.stack(np.mgrid[0:count, 0:count], -1).reshape(-1, 2)
    seeds = (grid + dice.uniform(0.1, 0.9, grid.shape)) / count
    y, x = np.mgrid[0:side, 0:side] / side
    near = np.full((2, side, side), 9.0)
    for sy, sx in seeds:
        dy, dx = np.abs(y - sy), np.abs(x - sx)
        far = np.hypot(np.minimum(dy, 1 - dy), np.minimum(dx, 1 - dx)) * count
        near[1] = np.minimum(near[1], np.maximum(far, near[0]))
        near[0] = np.minimum(near[0], far)
    return np.clip(near[1] - near[0] if kind == "cracks" else near[0], 0, 1)


def grey(values: np.ndarray) -> Any:
    """Return a tile as an image that is read as plain figures, not as colour."""
    made = bpy.data.images.new("tile", values.shape[1], values.shape[0])
    made.colorspace_settings.name = "Non-Color"
    rgba = np.repeat(values.astype(np.float32)[..., None], 4, axis=-1)
    rgba[..., 3] = 1.0
    made.pixels.foreach_set(rgba.ravel())
    made.update()
    made.pack()
    return made


class _Tree:
    """A material's node tree, with less to write."""

    def __init__(self, material: Material) -> None:
        self.tree = material.node_tree
        self.tree.nodes.clear()
        self.out = self.add("ShaderNodeOutputMaterial")

    def add(self, kind: str, **inputs: Any) -> Nodes:
        node = self.tree.nodes.new(kind)
        for name, value in inputs.items():
            if hasattr(node, name):
                setattr(node, name, value)
            else:
                self.put(node.inputs[name.replace("_", " ")], value)
        return node

    def put(self, socket: Socket, value: Any) -> None:
        if hasattr(value, "is_output"):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def place(self, how: str, scale: tuple[float, float, float]) -> Socket:
        where = self.add("ShaderNodeTexCoord").outputs[how]
        return self.add("ShaderNodeMapping", Vector=where, Scale=scale).outputs[0]

    def texture(
        self, kind: str, where: Socket, scale: float, stretch: float = 1.0, flat: bool = False
    ) -> Socket:
        """Return a grey value in 0 to 1: noise, cells, cracks, specks, waves or grain.

        The values come from small tiles laid on the object from its six sides: ten times
        faster than textures worked out in space.
        """
        share = scale / FEATURES[kind]
        if kind == "grain":
            where, flat = self.along_grain(where), True
        where = self.add(
            "ShaderNodeMapping", Vector=where, Scale=(share / stretch, share, share)
        ).outputs[0]
        node = self.add("ShaderNodeTexImage", Vector=where)
        if not flat:
            node.projection, node.projection_blend = "BOX", 0.35
        node.image = shared(f"tile:{kind}", lambda: grey(tile(kind)))
        return node.outputs["Color"]

    def along_grain(self, where: Socket) -> Socket:
        """Return x as it is and y plus z as the second axis: grain on top and front alike."""
        parts = self.add("ShaderNodeSeparateXYZ", Vector=where).outputs
        across = self.times(parts["Y"], parts["Z"], "ADD")
        return self.add("ShaderNodeCombineXYZ", X=parts["X"], Y=across).outputs[0]

    def ramp(self, value: Socket, stops: list[tuple[float, Colour]]) -> Socket:
        node = self.add("ShaderNodeValToRGB", Fac=value)
        points = node.color_ramp.elements
        while len(points) < len(stops):
            points.new(0.5)
        for point, (position, colour) in zip(points, stops, strict=True):
            point.position, point.color = position, linear(colour)
        return node.outputs["Color"]

    def times(self, one: Socket, other: Socket, operation: str = "MULTIPLY") -> Socket:
        node = self.add("ShaderNodeMath", operation=operation)
        self.put(node.inputs[0], one)
        self.put(node.inputs[1], other)
        return node.outputs[0]

    def bump(self, height: Socket, strength: float, distance: float = 0.05) -> Socket:
        node = self.add("ShaderNodeBump", Strength=strength, Distance=distance, Height=height)
        return node.outputs["Normal"]

    def finish(self, surface: Nodes) -> None:
        self.tree.links.new(surface.outputs[0], self.out.inputs["Surface"])


_INPUTS = {
    "rough": "Roughness",
    "metal": "Metallic",
    "coat": "Coat Weight",
    "sheen": "Sheen Weight",
    "clear": "Transmission Weight",
    "ior": "IOR",
    "soft": "Subsurface Weight",
    "glow": "Emission Strength",
    "shine": "Specular IOR Level",
}


def paint(
    colour: Colour,
    *,
    second: Colour | None = None,
    kind: str = "noise",
    scale: float = 3.0,
    edge: tuple[float, float] = (0.35, 0.65),
    image: Image.Image | None = None,
    repeat: tuple[float, float] = (1.0, 1.0),
    bump: float = 0.0,
    bump_kind: str = "noise",
    bump_scale: float = 25.0,
    weave: float = 0.0,
    **figures: float,
) -> Material:
    """Return a surface: a colour, perhaps veined with a second or printed, perhaps rough.

    `weave` is the number of threads across a cloth; `figures` are rough, metal, coat, sheen,
    clear, ior, soft, glow and shine.
    """
    material = bpy.data.materials.new("paint")
    tree = _Tree(material)
    surface = tree.add("ShaderNodeBsdfPrincipled")
    for name, value in {"rough": 0.5, **figures}.items():
        surface.inputs[_INPUTS[name]].default_value = value
    base = _base(tree, colour, second, kind, scale, edge, image, repeat)
    tree.put(surface.inputs["Base Color"], base)
    if figures.get("glow"):
        tree.put(surface.inputs["Emission Color"], base)
    if figures.get("soft"):
        surface.inputs["Subsurface Radius"].default_value = (0.25, 0.12, 0.06)
        surface.inputs["Subsurface Scale"].default_value = 0.35
    if weave:
        tree.put(surface.inputs["Normal"], tree.bump(_threads(tree, weave), bump or 0.5, 0.02))
    elif bump:
        where = tree.place("Object", (1, 1, 1))
        height = tree.texture(bump_kind, where, bump_scale)
        tree.put(surface.inputs["Normal"], tree.bump(height, bump))
    tree.finish(surface)
    return material


def _base(
    tree: _Tree,
    colour: Colour,
    second: Colour | None,
    kind: str,
    scale: float,
    edge: tuple[float, float],
    image: Image.Image | None,
    repeat: tuple[float, float],
) -> Any:
    if image is not None:
        where = tree.place("UV", (*repeat, 1.0))
        node = tree.add("ShaderNodeTexImage", Vector=where)
        node.image = picture(image, "pattern")
        return _aged(tree, node.outputs["Color"])
    if second is None:
        return linear(colour)
    value = tree.texture(kind, tree.place("Object", (1, 1, 1)), scale)
    return tree.ramp(value, [(edge[0], colour), (edge[1], second)])


def _aged(tree: _Tree, colour: Socket) -> Socket:
    """Let a print be a little uneven, as by hand."""
    value = tree.texture("noise", tree.place("Object", (1, 1, 1)), 6.0)
    light = tree.ramp(value, [(0.3, "#d8d8d8"), (0.7, "#ffffff")])
    node = tree.add("ShaderNodeMix", data_type="RGBA", blend_type="MULTIPLY")
    for index, given in ((0, 1.0), (6, colour), (7, light)):
        tree.put(node.inputs[index], given)
    return node.outputs[2]


def _threads(tree: _Tree, count: float) -> Socket:
    """Return the height of a plain weave: warp and weft."""
    heights = []
    for scale in ((count, 0.001, 1.0), (0.001, count, 1.0)):
        wave = tree.add("ShaderNodeTexWave", Vector=tree.place("UV", scale), Scale=1.0)
        wave.bands_direction = "DIAGONAL"
        heights.append(wave.outputs["Fac"])
    fluff = tree.texture("noise", tree.place("UV", (1.0, 1.0, 1.0)), count / 12, flat=True)
    return tree.times(tree.times(*heights, operation="MAXIMUM"), fluff, "ADD")


def wood(
    light: Colour = "#c89a66", dark: Colour = "#8d5f37", *, grain: float = 1.0, rough: float = 0.45
) -> Material:
    """Return wood with its grain along the x axis of the object."""
    material = bpy.data.materials.new("wood")
    tree = _Tree(material)
    where = tree.place("Object", (1.0, 1.0, 1.0))
    rings = tree.texture("grain", where, 1.1 * grain, 2.6)
    fibres = tree.texture("grain", where, 7.0 * grain, 3.5)
    both = tree.times(rings, tree.times(fibres, 0.35), "ADD")
    colour = tree.ramp(both, [(0.45, dark), (0.66, mixed(light, dark, 0.3)), (0.88, light)])
    surface = tree.add("ShaderNodeBsdfPrincipled", Roughness=rough)
    tree.put(surface.inputs["Base Color"], colour)
    tree.put(surface.inputs["Normal"], tree.bump(both, 0.2, 0.03))
    tree.finish(surface)
    return material


def glass(colour: Colour = "#f4f8f6", *, rough: float = 0.0) -> Material:
    """Return clear or coloured glass; light passes it without costly caustics."""
    material = bpy.data.materials.new("glass")
    tree = _Tree(material)
    pane = tree.add("ShaderNodeBsdfPrincipled", Roughness=rough, IOR=1.45)
    pane.inputs["Base Color"].default_value = linear(colour)
    pane.inputs["Transmission Weight"].default_value = 1.0
    shade = tree.add("ShaderNodeBsdfTransparent", Color=linear(mixed(colour, "#ffffff", 0.3)))
    path = tree.add("ShaderNodeLightPath")
    mix = tree.add("ShaderNodeMixShader", Fac=path.outputs["Is Shadow Ray"])
    tree.tree.links.new(pane.outputs[0], mix.inputs[1])
    tree.tree.links.new(shade.outputs[0], mix.inputs[2])
    tree.finish(mix)
    return material


def lamp(image: Image.Image, strength: float = 1.0) -> Material:
    """Return a printed surface that gives its own light: the far background."""
    material = bpy.data.materials.new("lamp")
    tree = _Tree(material)
    node = tree.add("ShaderNodeTexImage")
    node.image = picture(image, "background")
    tree.finish(tree.add("ShaderNodeEmission", Color=node.outputs["Color"], Strength=strength))
    return material


def metal(colour: Colour, *, rough: float = 0.25, hammered: float = 0.0) -> Material:
    """Return a metal; `hammered` dents it."""
    return paint(
        colour,
        second=mixed(colour, "#20140c", 0.3),
        scale=2.0,
        edge=(0.45, 0.75),
        metal=1.0,
        rough=rough,
        bump=hammered or 0.04,
        bump_kind="cells" if hammered else "noise",
        bump_scale=9.0 if hammered else 40.0,
    )


def shared(key: str, make: Any) -> Material:
    """Return the scene's one material of this name."""
    if key not in _MADE:
        _MADE[key] = make()
    return _MADE[key]
