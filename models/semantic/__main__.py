"""The whole recipe of the bundled classifier of meaning: ``python -m models.semantic``.

Cross-validates by family, chooses the limits, trains on everything, exports. The scores of the cross-validation are kept
under build/semantic: an interrupted run goes on where it was. Needs the package's `train` extra.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import torch

from models.semantic.export import export
from models.semantic.guard import raise_limits
from models.semantic.limits import calibrate
from models.semantic.recipe import TARGET, WORK, Recipe, Trainer, load_held_out, save_held_out


def main() -> None:
    options = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    trainer = Trainer(Recipe(width=options.width, folds=options.folds, seed=options.seed))
    kept = options.work / "held_out.npz"
    held = load_held_out(trainer.examples, kept)
    if held is None:
        held = trainer.held_out()
        save_held_out(held, kept)
    calibration = calibrate(held.scores[0], held.examples)
    network = trainer.trained(np.ones(len(trainer.examples.texts), np.bool_))
    export(
        network=network,
        vocabulary=trainer.vocabulary,
        labels=trainer.labels,
        roles=trainer.examples.roles,
        calibration=calibration,
        target=options.target,
    )
    for label, limit in raise_limits(options.target).items():
        logging.info("limit of %s raised to %.2f", label, limit)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.semantic",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--width", type=int, default=96, help="of the network (default: %(default)s)")
    parser.add_argument("--folds", type=int, default=3, help="of families (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(default: %(default)s)")
    parser.add_argument("--work", type=Path, default=WORK, help="checkpoints (default: %(default)s)")
    parser.add_argument("--target", type=Path, default=TARGET, help="the weights (default: %(default)s)")
    return parser


if __name__ == "__main__":
    main()
