"""Learns the fusion from tables of compared pairs and writes it as plain numbers.

    python -m studio.matcher.learning antifake/detectors/photos/fusion.json pairs*.jsonl

Boosted trees of depth three (LightGBM; only here, never at run time), monotone where more of a
measure can only mean surer. Colourways are left out: a photo that was dyed is one photo made from
another; another piece in another colour has other folds, and does not agree. Left out as well is
one scene photographed twice within a breath.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

SURER = ("inliers", "obeying", "spread", "agreeing", "share", "joined", "lower", "median", "upper",
         "fine", "cosine", "detailed")  # fmt: skip
LESS_SURE = ("unsteady", "recoloured", "bits", "torn")
OTHER = ("overlap", "surprise", "scale")
NAMES = (*SURER, *LESS_SURE, *OTHER)
# Two pages of one telephone app share their frame: seldom, and no photo of goods.
WEIGHT_COPY, WEIGHT_SAME_PAGE, WEIGHT_UNEDITED = 2.0, 0.5, 4.0


def learn(rows: pd.DataFrame) -> lightgbm.LGBMClassifier:
    """Return the learned trees."""
    rows = rows[~rows.edit.isin(["colourway", "same scene"])]
    directions = [1] * len(SURER) + [-1] * len(LESS_SURE) + [0] * len(OTHER)
    model = lightgbm.LGBMClassifier(
        n_estimators=150, max_depth=3, num_leaves=8, learning_rate=0.07, min_child_samples=20,
        reg_lambda=5, monotone_constraints=directions, monotone_constraints_method="advanced",
        random_state=1, deterministic=True, force_row_wise=True, n_jobs=1, verbose=-1,
    )  # fmt: skip
    same_page = np.where(rows.edit == "same screened", WEIGHT_SAME_PAGE, 1.0)
    others = np.where(rows.edit == "", WEIGHT_UNEDITED, same_page)
    weights = np.where(rows["copy"], WEIGHT_COPY, others)
    return model.fit(rows[list(NAMES)], rows["copy"], sample_weight=weights)


def plain(node: dict[str, Any]) -> Any:
    """Return a tree as nested lists: [measure, limit, at most, more] or a leaf's number."""
    if "leaf_value" in node:
        return round(node["leaf_value"], 6)
    limit = float(f"{node['threshold']:.9g}")
    return [node["split_feature"], limit, plain(node["left_child"]), plain(node["right_child"])]


def export(model: lightgbm.LGBMClassifier) -> str:
    """Return the trees as JSON, a line a tree."""
    trees = [plain(tree["tree_structure"]) for tree in model.booster_.dump_model()["tree_info"]]
    lines = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in trees)
    return f'{{"measures": {json.dumps(NAMES)},\n"trees": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    tables = [pd.read_json(path, lines=True) for path in sys.argv[2:]]
    Path(sys.argv[1]).write_text(export(learn(pd.concat(tables))))
