"""Forms: turned, boxed, woven, folded, heaped. Lengths in decimetres, z is up."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import bpy
import numpy as np

Thing = Any
Point = tuple[float, float, float]
Profile = Sequence[tuple[float, float]]

ORIGIN: Point = (0.0, 0.0, 0.0)
FAR_DOWN = -50.0


def mesh(verts: Any, faces: Any, material: Any, *, uv: Any = None, smooth: bool = True) -> Thing:
    """Return an object of corners and faces; `uv` holds one pair for each corner."""
    data = bpy.data.meshes.new("mesh")
    data.from_pydata([tuple(map(float, v)) for v in verts], [], [tuple(f) for f in faces])
    if uv is not None:
        pairs = np.asarray(uv, dtype=np.float32)
        index = np.empty(len(data.loops), dtype=np.int32)
        data.loops.foreach_get("vertex_index", index)
        data.uv_layers.new().data.foreach_set("uv", pairs[index].ravel())
    data.polygons.foreach_set("use_smooth", [smooth] * len(data.polygons))
    data.update()
    return thing(data, material)


def thing(data: Any, material: Any, at: Point = ORIGIN) -> Thing:
    """Put a mesh or curve into the scene."""
    made = bpy.data.objects.new("thing", data)
    if not data.materials:
        data.materials.append(material)
    made.location = at
    bpy.context.scene.collection.objects.link(made)
    return made


def everything() -> list[Thing]:
    """Return all that is in the scene by now."""
    return list(bpy.context.scene.objects)


def group(things: Iterable[Thing], at: Point = ORIGIN, turn: Point = ORIGIN) -> Thing:
    """Tie things together, so that they are moved, turned and scaled as one."""
    made = bpy.data.objects.new("group", None)
    bpy.context.scene.collection.objects.link(made)
    for one in things:
        if one.parent is None:
            one.parent = made
    return move(made, at, turn)


def move(made: Thing, at: Point = ORIGIN, turn: Point = ORIGIN, size: float = 1.0) -> Thing:
    """Place a thing: turned in degrees, scaled, and moved."""
    made.location = at
    made.rotation_euler = [math.radians(angle) for angle in turn]
    made.scale = (size, size, size)
    return made


def again(made: Thing, at: Point = ORIGIN, turn: Point = ORIGIN, size: float = 1.0) -> Thing:
    """Return another of the same, elsewhere (children too)."""
    twin = made.copy()
    twin.hide_render = False
    bpy.context.scene.collection.objects.link(twin)
    for child in made.children:
        inner = again(child, tuple(child.location))
        inner.rotation_euler, inner.scale = child.rotation_euler, child.scale
        inner.parent = twin
    move(twin, at, turn)
    twin.scale = [part * size for part in made.scale]
    return twin


def curve_through(points: Profile, count: int) -> np.ndarray:
    """Return `count` points on a smooth line through the given ones (Catmull-Rom)."""
    given = np.asarray(points, dtype=float)
    padded = np.vstack([2 * given[0] - given[1], given, 2 * given[-1] - given[-2]])
    places = np.linspace(0, len(given) - 1 - 1e-9, count)
    k = places.astype(int)
    t = (places - k)[:, None]
    a, b, c, d = padded[k], padded[k + 1], padded[k + 2], padded[k + 3]
    inner = 2 * a - 5 * b + 4 * c - d
    return 0.5 * (2 * b + (c - a) * t + inner * t**2 + (3 * b - a - 3 * c + d) * t**3)


def turned(
    profile: Profile,
    material: Any,
    *,
    at: Point = ORIGIN,
    sharp: bool = False,
    wobble: float = 0.0,
    ribs: tuple[int, float] = (0, 0.0),
    around: int = 96,
    along: int = 72,
) -> Thing:
    """Return a body turned about z from (radius, height) pairs, as on a wheel or lathe.

    `wobble` is the share by which a hand-made one is out of round; `ribs` their number and depth.
    """
    line = np.asarray(profile, float) if sharp else curve_through(profile, along)
    line[:, 0] = np.maximum(line[:, 0], 0.0)
    turn = np.linspace(0, 2 * math.pi, around + 1)
    out = 1 + wobble * np.sin(2 * turn + 0.7) + ribs[1] * np.cos(ribs[0] * turn)
    radius = line[:, 0][:, None] * out[None, :]
    height = np.repeat(line[:, 1][:, None], around + 1, axis=1)
    verts = np.stack([radius * np.cos(turn), radius * np.sin(turn), height], -1).reshape(-1, 3)
    steps = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    v, u = np.meshgrid(steps / max(steps[-1], 1e-9), turn / (2 * math.pi), indexing="ij")
    faces = _grid_faces(len(line), around + 1)
    made = mesh(verts, faces, material, uv=np.stack([u, v], -1).reshape(-1, 2))
    if sharp:
        _soften(made, 0.015)
    made.location = at
    return made


def _grid_faces(rows: int, columns: int) -> np.ndarray:
    a = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    return np.stack([a, a + 1, a + columns + 1, a + columns], -1)


def _soften(made: Thing, width: float, segments: int = 3) -> None:
    bevel = made.modifiers.new("bevel", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method = width, segments, "ANGLE"
    bevel.use_clamp_overlap = True
    bevel.harden_normals = False


def sheet(
    place: Callable[[np.ndarray, np.ndarray], Any],
    material: Any,
    *,
    fine: tuple[int, int] = (80, 80),
    thick: float = 0.0,
) -> Thing:
    """Return a bent sheet: `place` maps u and v (0 to 1) to x, y and z."""
    v, u = np.meshgrid(np.linspace(0, 1, fine[1]), np.linspace(0, 1, fine[0]), indexing="ij")
    x, y, z = (np.broadcast_to(part, u.shape) for part in place(u, v))
    verts = np.stack([x, y, z], -1).reshape(-1, 3)
    uv = np.stack([u, v], -1).reshape(-1, 2)
    made = mesh(verts, _grid_faces(fine[1], fine[0]), material, uv=uv)
    if thick:
        solid = made.modifiers.new("thick", "SOLIDIFY")
        solid.thickness, solid.offset = thick, 0.0
    return made


_CUBE_FACES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def box(
    size: Point, material: Any, *, at: Point = ORIGIN, turn: Point = ORIGIN, round_by: float = 0.03
) -> Thing:
    """Return a block standing on `at`, with softened edges and a print on each side."""
    w, d, h = (part / 2 for part in size)
    corners = [(x, y, z) for x in (-w, w) for y in (-d, d) for z in (0.0, 2 * h)]
    data = bpy.data.meshes.new("box")
    data.from_pydata(corners, [], _CUBE_FACES)
    layer = data.uv_layers.new().data
    for face in data.polygons:
        for loop in face.loop_indices:
            layer[loop].uv = _box_uv(corners[data.loops[loop].vertex_index], face.normal, size)
    data.polygons.foreach_set("use_smooth", [True] * 6)
    made = thing(data, material)
    if round_by:
        _soften(made, min(round_by, min(size) * 0.45))
    made.modifiers.new("edges", "WEIGHTED_NORMAL")
    return move(made, at, turn)


def _box_uv(corner: Point, normal: Any, size: Point) -> tuple[float, float]:
    x, y, z = corner[0] / size[0] + 0.5, corner[1] / size[1] + 0.5, corner[2] / size[2]
    if abs(normal[2]) > 0.5:
        return x, y
    if abs(normal[0]) > 0.5:
        return (y if normal[0] > 0 else 1 - y), z
    return (1 - x if normal[1] > 0 else x), z


def ball(at: Point, radius: float | Point, material: Any, *, turn: Point = ORIGIN) -> Thing:
    """Return a ball or an egg around `at`."""
    rx, ry, rz = (radius,) * 3 if isinstance(radius, float | int) else radius
    angles = np.linspace(-math.pi / 2, math.pi / 2, 24)
    made = turned(np.stack([np.cos(angles), np.sin(angles)], -1), material, around=36, along=24)
    move(made, at, turn)
    made.scale = (rx, ry, rz)
    return made


def tube(
    points: Sequence[Point],
    radius: float,
    material: Any,
    *,
    closed: bool = False,
    taper: Sequence[float] | None = None,
) -> Thing:
    """Return a smooth rod, rope or wire through points; `taper` scales it at each."""
    data = bpy.data.curves.new("tube", "CURVE")
    data.dimensions, data.bevel_depth, data.bevel_resolution = "3D", radius, 5
    data.use_fill_caps = True
    line = data.splines.new("NURBS")
    line.points.add(len(points) - 1)
    for index, (point, given) in enumerate(zip(line.points, points, strict=True)):
        point.co = (*given, 1.0)
        point.radius = taper[index] if taper else 1.0
    line.order_u = min(4, len(points))
    line.use_endpoint_u, line.use_cyclic_u = not closed, closed
    line.resolution_u = 8
    return thing(data, material)


def ring(
    radius: float, thick: float, material: Any, *, at: Point = ORIGIN, flat: float = 1.0
) -> Thing:
    """Return a ring lying around `at`."""
    angles = np.linspace(0, 2 * math.pi, 25)
    line = np.stack([radius + thick * np.cos(angles), thick * flat * np.sin(angles)], -1)
    made = turned(line, material, around=72, along=25)
    made.location = at
    return made


def outline(points: Profile, thick: float, material: Any, *, round_by: float = 0.02) -> Thing:
    """Return a board cut along a closed outline in the x-z plane, `thick` deep in y."""
    count = len(points)
    front = [(x, -thick / 2, z) for x, z in points]
    back = [(x, thick / 2, z) for x, z in points]
    sides = [(i, i + count, (i + 1) % count + count, (i + 1) % count) for i in range(count)]
    faces = [tuple(range(count)), tuple(reversed(range(count, 2 * count))), *sides]
    made = mesh(front + back, faces, material, smooth=True)
    _soften(made, round_by)
    made.modifiers.new("edges", "WEIGHTED_NORMAL")
    return made


def smooth_outline(points: Profile, count: int = 48) -> list[tuple[float, float]]:
    """Return a closed smooth line through points."""
    line = curve_through([*points, points[0]], count + 1)[:-1]
    return [(float(x), float(z)) for x, z in line]


def heap(
    one: Thing | Sequence[Thing],
    dice: random.Random,
    count: int,
    *,
    radius: float,
    height: float,
    at: Point = ORIGIN,
    flat: bool = False,
) -> None:
    """Strew copies over a dome; `flat` lays them down, otherwise they lie as they fall."""
    kinds = one if isinstance(one, list | tuple) else [one]
    for _ in range(count):
        far, angle = math.sqrt(dice.random()), dice.uniform(0, 2 * math.pi)
        lift = height * (1 - far**2)
        place = (
            at[0] + far * radius * math.cos(angle),
            at[1] + far * radius * math.sin(angle),
            at[2] + lift + dice.uniform(-0.01, 0.015),
        )
        tilt = dice.uniform(-18, 18) if flat else dice.uniform(0, 360)
        lean = dice.uniform(-18, 18) if flat else dice.uniform(0, 360)
        turn = (tilt, lean, dice.uniform(0, 360))
        again(dice.choice(kinds), place, turn, dice.uniform(0.85, 1.15))


def hide(one: Thing) -> Thing:
    """Keep a pattern piece out of the picture; its copies stay."""
    one.location = (0, 0, FAR_DOWN)
    for part in (one, *one.children):
        part.hide_render = True
    return one


def mound(radius: float, height: float, material: Any, at: Point = ORIGIN) -> Thing:
    """Return a soft dome: powder or grain under what lies on it."""
    line = [(0.0, height), (0.35 * radius, height * 0.86), (0.75 * radius, height * 0.36)]
    return turned([*line, (radius, 0.0), (radius, -0.15)], material, at=at, wobble=0.02)


def strewn(one: Thing, dice: random.Random, count: int, *, inner: float, outer: float) -> None:
    """Drop copies on the table in a ring around the middle, mostly in front."""
    for _ in range(count):
        angle, far = dice.uniform(math.pi * 1.05, math.pi * 1.95), dice.uniform(inner, outer)
        place = (far * math.cos(angle), far * math.sin(angle) * 0.8, 0.04)
        turn = (dice.uniform(-30, 30), dice.uniform(-30, 30), dice.uniform(0, 360))
        again(one, place, turn, dice.uniform(0.85, 1.1))
