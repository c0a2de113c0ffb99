"""The systems that the paper stands on beside its own, on the same corpus, splits and candidates: one table.

The paper's section 2 names them: systems that learn nothing, that learn from sounds alone, that recognise what they
were shown imitations of; and IMINET, of which its own network is made. After them came the dual encoder.

Every system that learns, learns from one half of each split, and all rank the other half. A supervised system knows
nothing of sounds of which it was shown no imitation, so it has two rows: among the tested sounds as all others are
asked for them, where it knows nothing; and, marked, where it was shown other imitations of the very sounds that it
is asked for, which no other system was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch

from menura.corpora.catalogue import Catalogue
from menura.evaluation.comparable import why_not_comparable
from menura.evaluation.costs import Cost, kept_cost, network_cost, supervised_cost, system_cost
from menura.evaluation.ranking import ALL, Ranked, rank_part
from menura.evaluation.system_scores import rank_halves, supervised_scores
from menura.evaluation.systems import FAMILIES, SUPERVISED, SupervisedSystem, System
from menura.evaluation.tables import Table, make_table
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from menura.inputs.digest import content_digests
from menura.network.dual_encoder import DUAL_ENCODER, DualEncoder
from menura.network.tied import TIED_IMINET
from menura.network.untied import untied_iminet
from menura.paper.networks import (
    Configuration,
    Experiment,
    Pretrained,
    configurations,
    trained_network,
)
from menura.paper.table1 import (
    PUBLISHED,
    estimate,
    in_words,
    rank_testing_half,
    run_configuration,
)
from menura.training.dual_encoder import trained_dual_encoder
from menura.training.settings import DualEncoding

UNTIED, DUAL = "IMINET, untied", "Dual encoder"

MARK = " *"
UNSHOWN = ", of sounds never shown"
NOTE = "* was shown other imitations of the very sounds that it is asked for; no other system was shown any of them."


_COST_FILE = "cost.json"


@dataclass(frozen=True)
class Compared:
    """The table with what its systems cost.

    Attributes:
        table: MRR by system and category, and tests of the reference against every other system.
        costs: By system.
        reference: The paper's own network, with pre-training if it was pre-trained.
    """

    table: Table
    costs: Mapping[str, Cost]
    reference: str

    def about(self) -> dict[str, object]:
        """What is no part of the table, as JSON values."""
        costs = {name: asdict(cost) for name, cost in self.costs.items()}
        return {"reference": self.reference, "note": NOTE, "costs": costs}


@dataclass(frozen=True)
class _Row:
    name: str
    ranks: Callable[[], list[list[Ranked]]]
    cost: Callable[[], Cost]


def reproduce_systems(
    experiment: Experiment,
    pretrained: Pretrained | None,
    mn04: Path | None,
    dual_encoding: DualEncoding,
    *,
    runs: int,
    told: Callable[[str], None],
) -> Compared:
    """Train, rank and time everything that is not done yet.

    Args:
        experiment: On which corpus (see `fitting`), how the paper's networks are trained, and where everything is kept.
        pretrained: The towers for TL-IMINET with pre-training, a row that is left out without them.
        mn04: The weights that the dual encoder begins with, a row that is left out without them.
        dual_encoding: How it is trained.
        runs: How many splits.
        told: Called with lines about what is going on.
    """
    if few := experiment.catalogue.few_imitations(experiment.settings.imitations_per_sound):
        told(few)
    networks = list(zip(*(_configurations(pretrained, run) for run in range(runs)), strict=True))
    told(estimate(experiment, [(run, one) for run in range(runs) for one in _configurations(pretrained, run)]))
    rows = [*_system_rows(experiment, runs, told), *(_network_row(experiment, by_run) for by_run in networks)]
    if mn04 is not None:
        rows.append(_dual_row(experiment, mn04, dual_encoding, runs))
    ranked, costs = {}, {}
    for number, row in enumerate(rows, start=1):
        ranked[row.name] = row.ranks()
        costs[row.name] = row.cost()
        told(f"{number} of {len(rows)}: {row.name}: {in_words([item for run in ranked[row.name] for item in run])}")
    reference = networks[-1][0].name
    compared = [(reference, row.name) for row in rows if row.name != reference]
    published = {} if why_not_comparable(experiment.catalogue) else PUBLISHED
    return Compared(make_table(ranked, compared, published), costs, reference)


def fitting(catalogue: Catalogue) -> Catalogue:
    """What can be halved and learned from: sounds that were imitated, in one category if they are ranked as one."""
    imitated = catalogue.imitated
    if imitated.ranked_within_category:
        return imitated
    return replace(imitated, sounds=tuple(replace(sound, category=ALL) for sound in imitated.sounds))


def _configurations(pretrained: Pretrained | None, run: int) -> list[Configuration]:
    """The paper's rows in a run, and untied IMINET after the tied one."""
    tied, *others = configurations(pretrained, run)
    return [tied, Configuration(UNTIED, TIED_IMINET, untied_iminet), *others]


def _system_rows(experiment: Experiment, runs: int, told: Callable[[str], None]) -> list[_Row]:
    rows = [_system_row(experiment, system, runs) for family in FAMILIES.values() for system in family]
    if experiment.catalogue.few_imitations(2):
        told("No supervised systems: they must be shown an imitation of a sound beside the one that they are asked.")
        return rows
    for system in SUPERVISED:
        rows += [_supervised_row(experiment, system, runs, shown=shown) for shown in (False, True)]
    return rows


def _system_row(experiment: Experiment, system: System, runs: int) -> _Row:
    training, testing = experiment.catalogue.split_half(0)
    measure = partial(system_cost, system, training, testing, seed=0, cache=experiment.cache)
    ranks = partial(rank_halves, system, experiment.catalogue, runs=runs, cache=experiment.cache)
    return _Row(system.name, ranks, partial(kept_cost, experiment.folder(system.name, 0) / _COST_FILE, measure))


def _supervised_row(experiment: Experiment, system: SupervisedSystem, runs: int, *, shown: bool) -> _Row:
    def ranks_of(run: int) -> list[Ranked]:
        training, testing = experiment.catalogue.split_half(run)
        scores = supervised_scores(
            system,
            testing if shown else training,
            testing,
            learns_from=training.paths,
            seed=run,
            cache=experiment.cache,
        )
        return rank_part(scores, testing, testing)

    training, testing = experiment.catalogue.split_half(0)
    measure = partial(supervised_cost, system, training, testing, seed=0, cache=experiment.cache)
    return _Row(
        system.name + (MARK if shown else UNSHOWN),
        lambda: [ranks_of(run) for run in range(runs)],
        partial(kept_cost, experiment.folder(system.name, 0) / _COST_FILE, measure),
    )


def _network_row(experiment: Experiment, by_run: Sequence[Configuration]) -> _Row:
    first = by_run[0]

    def measure() -> Cost:
        network = trained_network(experiment, first, run=0)
        return network_cost(network, experiment.catalogue.split_half(0)[1], experiment.cache)

    return _Row(
        first.name,
        lambda: [run_configuration(experiment, configuration, run) for run, configuration in enumerate(by_run)],
        partial(kept_cost, experiment.home(first, 0) / _COST_FILE, measure),
    )


def _dual_row(experiment: Experiment, mn04: Path, settings: DualEncoding, runs: int) -> _Row:
    def home(run: int) -> Path:
        return experiment.folder(DUAL, run, DUAL_ENCODER, content_digests([mn04], experiment.cache), settings)

    def trained(run: int) -> DualEncoder:
        half = experiment.catalogue.split_half(run)[0]
        half = half.choose_imitations(experiment.settings.imitations_per_sound, run)
        torch.manual_seed(run)
        network = DualEncoder.from_mn04(mn04)
        inputs = load_catalogue_inputs(half, network.spec, experiment.cache)
        return trained_dual_encoder(network, inputs, run=home(run), settings=settings, seed=run)

    def ranks_of(run: int) -> list[Ranked]:
        return rank_testing_half(experiment, DUAL, run, home(run), partial(trained, run))

    def measure() -> Cost:
        return network_cost(trained(0), experiment.catalogue.split_half(0)[1], experiment.cache)

    return _Row(
        DUAL,
        lambda: [ranks_of(run) for run in range(runs)],
        lambda: kept_cost(home(0) / _COST_FILE, measure),
    )
