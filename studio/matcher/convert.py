"""Turns the MobileNetV2 of the npm package `nsfwjs` into a small ONNX file.

    npm pack nsfwjs@4.3.0 && tar xzf nsfwjs-4.3.0.tgz
    python -m studio.matcher.convert package antifake/detectors/photos/weights/mobilenet.onnx

Layers and weights are read from the package; batch norms are folded into the convolutions
before them, the rest is cut off behind the middle layer (better for copies than the last), and
weights are stored as float16, which the runtime widens once when it loads them.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAST = "block_13_expand_relu"
MODEL = Path("dist/models/mobilenet_v2")
EPSILON = 1e-3  # of the package's batch norms


def read(package: Path) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Return the layers and the dequantised weights by name."""
    script = "console.log(JSON.stringify([require(process.argv[1]), require(process.argv[2])]))"
    folder = (package / MODEL).resolve()
    files = [str(folder / "model.min.js"), str(folder / "group1-shard1of1.min.js")]
    answer = subprocess.run(["node", "-e", script, *files], check=True, capture_output=True)  # noqa: S603, S607
    model, shard = json.loads(answer.stdout)
    data = base64.b64decode(shard)
    weights, at = {}, 0
    for entry in model["weightsManifest"][0]["weights"]:
        count, facts = int(np.prod(entry["shape"])), entry["quantization"]
        raw = np.frombuffer(data, dtype=np.uint8, count=count, offset=at)
        weights[entry["name"]] = (raw * facts["scale"] + facts["min"]).reshape(entry["shape"])
        at += count
    return model["modelTopology"]["model_config"]["config"]["layers"], weights


class Graph:
    """Nodes and weights of the ONNX file as they are added."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.kept: list[Any] = []
        self.outputs: dict[str, str] = {}
        self.pending: dict[str, tuple[str, np.ndarray, dict[str, Any]]] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        """Keep a weight as float16 and return the name of its float32 form."""
        self.kept.append(numpy_helper.from_array(value.astype(np.float16), name + "_half"))
        self.nodes.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
        return name

    def convolution(self, layer: dict[str, Any], source: str) -> None:
        """Remember a convolution until its batch norm comes."""
        name, config = layer["name"], layer["config"]
        deep = layer["class_name"] == "DepthwiseConv2D"
        kernel = self.weights[f"{name}/{'depthwise_kernel' if deep else 'kernel'}"]
        kernel = kernel.transpose(2, 3, 0, 1) if deep else kernel.transpose(3, 2, 0, 1)
        facts: dict[str, Any] = {"strides": config["strides"], "group": 1}
        if deep:
            facts["group"] = kernel.shape[0]
        if config["padding"] == "same":
            facts["auto_pad"] = "SAME_UPPER"
        self.pending[name] = (source, kernel, facts)

    def norm(self, name: str, before: str) -> str:
        """Fold the batch norm `name` into the convolution `before` and write that."""
        source, kernel, facts = self.pending.pop(before)
        gamma, beta, mean, variance = (
            self.weights[f"{name}/{part}"]
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        factor = gamma / np.sqrt(np.maximum(variance, 0) + EPSILON)
        inputs = [
            source,
            self.constant(before + "_kernel", kernel * factor[:, None, None, None]),
            self.constant(before + "_bias", beta - mean * factor),
        ]
        self.nodes.append(helper.make_node("Conv", inputs, [name], **facts))
        return name

    def add(self, layer: dict[str, Any]) -> None:
        """Add one Keras layer."""
        name, kind = layer["name"], layer["class_name"]
        sources = [node[0] for node in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
        inputs = [self.outputs.get(source, source) for source in sources]
        self.outputs[name] = name
        if kind == "InputLayer":
            self.outputs[name] = "picture"
        elif kind in {"Conv2D", "DepthwiseConv2D"}:
            self.convolution(layer, inputs[0])
        elif kind == "BatchNormalization":
            self.norm(name, sources[0])
        elif kind == "ReLU":
            self.nodes.append(helper.make_node("Clip", [inputs[0], "zero", "six"], [name]))
        elif kind == "Add":
            self.nodes.append(helper.make_node("Add", inputs, [name]))
        elif kind == "ZeroPadding2D":
            (top, bottom), (left, right) = layer["config"]["padding"]
            pads = np.array([0, 0, top, left, 0, 0, bottom, right], dtype=np.int64)
            self.kept.append(numpy_helper.from_array(pads, name + "_pads"))
            self.nodes.append(helper.make_node("Pad", [inputs[0], name + "_pads"], [name]))
        else:
            raise ValueError(f"The layer {name} ({kind}) is not known.")


def convert(package: Path, target: Path) -> None:
    """Write the ONNX file: `picture` [n, 3, height, width], RGB 0..1, to `features`."""
    layers, weights = read(package)
    graph = Graph(weights)
    for name, value in (("zero", 0.0), ("six", 6.0)):
        graph.kept.append(numpy_helper.from_array(np.float32(value), name))
    for layer in layers:
        graph.add(layer)
        if layer["name"] == LAST:
            break
    graph.nodes.append(helper.make_node("Identity", [LAST], ["features"]))
    whole = helper.make_graph(
        graph.nodes,
        "mobilenet",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, "height", "width"])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 576, "h", "w"])],
        graph.kept,
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString())


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
