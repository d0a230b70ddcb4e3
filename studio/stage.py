"""Light, surfaces and camera: a small shop's corner by the window."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from PIL import Image, ImageDraw, ImageFilter

from studio import materials, shapes
from studio.materials import linear, paint, wood

SIDE_PX = 480
SAMPLES = 10
LENS_MM = 85.0
SENSOR_MM = 36.0


@dataclass(frozen=True)
class View:
    """From where a picture is taken. Angles in degrees; `air` is the room left around."""

    turn: float = -20.0
    up: float = 18.0
    air: float = 1.12
    aim: float = 0.0


def empty() -> None:
    """Clear the scene and set the renderer, the same for every picture."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    materials.forget()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.samples, cycles.seed = SAMPLES, 7
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.03
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 6, 2, 2
    cycles.transmission_bounces, cycles.transparent_max_bounces = 6, 6
    cycles.use_light_tree = False
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    render = scene.render
    render.resolution_x = render.resolution_y = SIDE_PX
    render.threads_mode, render.threads = "FIXED", 2
    render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"


def light(mood: str, dice: random.Random) -> None:
    """Light the scene: day, warm, sun (with the window's shadow) or dusk."""
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    sky, power, fill, exposure = {
        "day": ("#fff6ea", 900.0, 0.45, 0.25),
        "warm": ("#ffe6c6", 950.0, 0.42, 0.4),
        "sun": ("#fff1dc", 260.0, 0.45, 0.3),
        "dusk": ("#ffdcb4", 420.0, 0.16, 0.5),
    }[mood]
    back = world.node_tree.nodes["Background"]
    back.inputs["Color"].default_value = linear("#cfdcec" if mood != "warm" else "#dfe0e0")
    back.inputs["Strength"].default_value = fill
    bpy.context.scene.view_settings.exposure = exposure
    side = dice.choice((-1, -1, 1))
    _area((side * 5.5, -1.5, 5.0), 3.4, power, sky)
    _area((-side * 5.0, -5.0, 3.0), 3.0, power * 0.12, "#eef3ff")
    _area((side * 1.5, 5.0, 4.5), 2.0, power * 0.25, sky)
    if mood == "sun":
        _sun(side, dice)


def _area(at: shapes.Point, size: float, power: float, colour: str) -> None:
    data = bpy.data.lights.new("window", "AREA")
    data.size, data.energy, data.color = size, power, linear(colour)[:3]
    made = bpy.data.objects.new("window", data)
    made.location = at
    made.rotation_euler = (Vector((0, 0, 0.6)) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(made)


def _sun(side: int, dice: random.Random) -> None:
    data = bpy.data.lights.new("sun", "SUN")
    data.energy, data.angle, data.color = 4.2, math.radians(1.6), linear("#ffe6c2")[:3]
    made = bpy.data.objects.new("sun", data)
    way = Vector((side * 1.0, -0.35, 0.95)).normalized()
    made.rotation_euler = (-way).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(made)
    dark = paint("#0a0a0a", rough=1.0)
    frame = []
    for offset in (-2.6, 0.0, 2.6):
        frame.append(shapes.box((0.28, 12.0, 0.1), dark, at=(offset, 0, 0), round_by=0))
        frame.append(shapes.box((12.0, 0.28, 0.1), dark, at=(0, offset * 1.3, 0), round_by=0))
    for _ in range(9):
        leaf = shapes.ball((dice.uniform(-4, 4), dice.uniform(-4, 4), 0.5), (0.2, 0.7, 0.02), dark)
        leaf.rotation_euler[2] = dice.uniform(0, 6)
        frame.append(leaf)
    gobo = shapes.group(frame)
    gobo.location = way * 11 + Vector((dice.uniform(-0.8, 0.8), dice.uniform(-0.8, 0.8), 0.6))
    gobo.rotation_euler = way.to_track_quat("Z", "Y").to_euler()
    for part in frame:
        part["stage"] = True


# Surfaces ---------------------------------------------------------------------------------------

WALLS = {
    "clay": "#c98d6b",
    "sage": "#a9b59a",
    "cream": "#e8dcc6",
    "blue": "#7f9aae",
    "ochre": "#d3a55b",
    "white": "#ece8e1",
    "grey": "#a9a7a3",
    "rose": "#d9aa9d",
    "teal": "#4f7f7f",
    "plum": "#6b4a55",
    "night": "#2f3a45",
    "brick": "#9a5540",
}


def build(place: str, dice: random.Random) -> None:
    """Build a place such as "planks/sage": a surface and what stands behind it.

    Surfaces: paper, planks, dark, linen, stone, slate, tiles, straw, concrete.
    Behind: a wall's colour, or garden, street, sea (out of focus). Paper is its own wall.
    """
    top, _, behind = place.partition("/")
    before = set(bpy.data.objects)
    if top == "paper":
        _paper(WALLS[behind])
    else:
        _table(top, dice)
        if behind in WALLS:
            _wall(WALLS[behind])
        else:
            _far(behind, dice)
    for made in set(bpy.data.objects) - before:
        made["stage"] = True


def _paper(colour: str) -> None:
    def place(u: np.ndarray, v: np.ndarray) -> Any:
        along = v * 24
        bend = np.clip((along - 10) / 4, 0, 1) * (math.pi / 2)
        y = np.where(along < 10, along - 7, np.where(along < 14, 3 + 2.55 * np.sin(bend), 5.55))
        z = np.where(along < 10, 0, np.where(along < 14, 2.55 * (1 - np.cos(bend)), along - 11.45))
        return u * 30 - 15, y, z

    shapes.sheet(place, paint(colour, rough=0.85, bump=0.05, bump_scale=60), fine=(8, 160))


def _wall(colour: str) -> None:
    dark = materials.mixed(colour, "#3a2f28", 0.18)
    plaster = paint(colour, second=dark, scale=0.9, edge=(0.35, 0.8), rough=0.9, bump=0.35)
    shapes.box((40, 0.2, 24), plaster, at=(0, 4.6, -6), round_by=0)


def _far(kind: str, dice: random.Random) -> None:
    image = backdrop(kind, dice)
    wall = shapes.sheet(
        lambda u, v: (u * 90 - 45, 0 * u + 16, v * 22 - 8),
        materials.lamp(image, {"garden": 1.1, "street": 0.9, "sea": 1.2}[kind]),
        fine=(2, 2),
    )
    wall.visible_shadow = False


def backdrop(kind: str, dice: random.Random) -> Image.Image:
    """Return a place out of focus: circles of light on its colours."""
    tones = {
        "garden": ("#b9cc9a", "#3c5a2c", ["#8fb15a", "#d8e6a6", "#5f8a3c", "#f3eebc", "#2f4a22"]),
        "street": ("#d9c5a3", "#6a5138", ["#f0cf8f", "#b5794d", "#e9e0cf", "#7d6a52", "#c25f3f"]),
        "sea": ("#dfeaf2", "#5d93a8", ["#f6f4ea", "#9cc7d6", "#e9d9b5", "#4f8296"]),
    }[kind]
    image = Image.new("RGB", (2, 2), tones[0])
    image.putpixel((0, 1), tuple(materials.rgb(tones[1])))
    image.putpixel((1, 1), tuple(materials.rgb(tones[1])))
    image = image.resize((1350, 330), Image.Resampling.BICUBIC)
    for size, blur, count in ((70, 16, 105), (34, 7, 160), (14, 3, 130)):
        layer = image.copy()
        draw = ImageDraw.Draw(layer)
        for _ in range(count):
            x, y, r = dice.uniform(0, 1350), dice.uniform(0, 330), size * dice.uniform(0.4, 1)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=dice.choice(tones[2]))
        image = Image.blend(image, layer.filter(ImageFilter.GaussianBlur(blur)), 0.55)
    return image


def _table(kind: str, dice: random.Random) -> None:
    if kind in {"planks", "dark", "pale"}:
        _planks(kind, dice)
        return
    if kind == "linen":
        _cloth("#d9cdb8", dice)
        return
    cover = {
        "stone": lambda: paint(
            "#d9d5cc", second="#a09a90", kind="noise", scale=1.2, rough=0.35, bump=0.05
        ),
        "slate": lambda: paint("#3b3f44", second="#25282c", scale=2.2, rough=0.55, bump=0.3),
        "concrete": lambda: paint("#b5b1aa", second="#928d86", scale=1.6, rough=0.75, bump=0.2),
        "straw": lambda: paint(
            "#cda96a", image=_mat_image(), repeat=(14, 14), rough=0.8, weave=220
        ),
        "tiles": lambda: paint("#fff", image=_tile_image(dice), repeat=(15, 15), rough=0.25),
    }[kind]()
    shapes.sheet(lambda u, v: (u * 30 - 15, v * 18 - 13.4, 0 * u), cover, fine=(4, 4))


def _planks(kind: str, dice: random.Random) -> None:
    light, dark = {
        "planks": ("#b98552", "#7d522e"),
        "dark": ("#7d5a40", "#4c3424"),
        "pale": ("#dcc09a", "#b8946a"),
    }[kind]
    width = dice.uniform(1.3, 1.9)
    for row in range(-9, 4):
        shade = dice.uniform(0, 0.25)
        skin = wood(
            materials.mixed(light, dark, shade), dark, grain=dice.uniform(0.8, 1.1), rough=0.5
        )
        at = (dice.uniform(-3, 3), row * width, -0.4)
        shapes.box((40, width - 0.03, 0.4), skin, at=at, round_by=0.03)


def _cloth(colour: str, dice: random.Random) -> None:
    a, b = dice.uniform(0, 6), dice.uniform(0, 6)

    def place(u: np.ndarray, v: np.ndarray) -> Any:
        x, y = u * 22 - 11, v * 18 - 13.4
        low = np.sin(0.9 * x + 0.5 * y + a) * np.sin(0.35 * y + b) * 0.04
        crease = np.exp(-((np.sin(0.42 * x - 0.9 * y + b) / 0.13) ** 2)) * 0.035
        return x, y, low + crease - 0.07

    shapes.sheet(place, paint(colour, rough=0.9, sheen=0.4, weave=900, bump=0.6), fine=(220, 180))


def _mat_image() -> Image.Image:
    image = Image.new("RGB", (96, 96), "#c7a263")
    draw = ImageDraw.Draw(image)
    for line in range(0, 96, 4):
        draw.line((0, line, 96, line), fill="#b08a4e" if line % 8 else "#d9ba80", width=2)
    draw.rectangle((0, 44, 96, 50), fill="#8a6a3a")
    return image


def _tile_image(dice: random.Random) -> Image.Image:
    deep = dice.choice(("#2f6f8a", "#2e7d64", "#b0502f", "#35508c"))
    image = Image.new("RGB", (128, 128), "#efe8da")
    draw = ImageDraw.Draw(image)
    draw.polygon([(64, 8), (120, 64), (64, 120), (8, 64)], fill=deep)
    draw.polygon([(64, 34), (94, 64), (64, 94), (34, 64)], fill="#e3b457")
    for x, y in ((0, 0), (128, 0), (0, 128), (128, 128)):
        draw.ellipse((x - 26, y - 26, x + 26, y + 26), fill=deep)
    draw.rectangle((0, 0, 127, 127), outline="#b9b09f", width=2)
    return image


# Camera -----------------------------------------------------------------------------------------


def shoot(view: View, path: str) -> None:
    """Frame all that is not the stage, focus on its near part, and render to `path`."""
    scene = bpy.context.scene
    bpy.context.view_layer.update()
    corners = _corners()
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = Vector((low + high) / 2) + Vector((0, 0, view.aim))
    turn, up = math.radians(view.turn), math.radians(view.up)
    way = Vector((math.sin(turn) * math.cos(up), -math.cos(turn) * math.cos(up), math.sin(up)))
    look = (-way).to_track_quat("-Z", "Y")
    right, above = look @ Vector((1, 0, 0)), look @ Vector((0, 1, 0))
    off = corners - np.array(middle)
    half = max(np.abs(off @ np.array(right)).max(), np.abs(off @ np.array(above)).max())
    far = half * view.air * 2 * LENS_MM / SENSOR_MM
    nearest = float((off @ np.array(way)).max())
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_width = LENS_MM, SENSOR_MM
    data.dof.use_dof = True
    data.dof.focus_distance = far - nearest * 0.55
    data.dof.aperture_fstop = LENS_MM / 1000 / (far * 0.022)
    camera = bpy.data.objects.new("camera", data)
    camera.location, camera.rotation_euler = middle + way * far, look.to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def _corners() -> np.ndarray:
    points = [
        made.matrix_world @ Vector(corner)
        for made in bpy.context.scene.objects
        if made.type in {"MESH", "CURVE"}
        and not made.hide_render
        and not made.get("stage")
        and not made.get("prop")
        and made.matrix_world.translation.z > shapes.FAR_DOWN / 2
        for corner in made.bound_box
    ]
    return np.array([tuple(point) for point in points])
