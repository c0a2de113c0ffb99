"""The tables of indexing, searching and serving."""

from __future__ import annotations

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table


def indexing() -> str:
    """Indexing and searching real folders."""
    result = read_result("indexing")
    rows = [
        (
            folder,
            f"{scores['sounds']:,}",
            f"{scores['sounds_per_s']:.0f}",
            f"{scores['index_bytes'] / scores['segments']:.0f}",
            f"{scores['search_from_the_shell_s']:.2f} s",
            f"{scores['search_warm_ms']:.0f} ms",
        )
        for folder, scores in result["figures"].items()
    ]
    head = ("folder", "sounds", "indexed a second", "bytes a window", "search, whole command", "search, in Python")
    return table(head, rows) + provenance(result)


def scan() -> str:
    """Milliseconds a query over libraries of several sizes."""
    result = read_result("scan")
    figures = result["figures"]
    sizes = list(figures["ms"])
    per_sound = figures["ms_a_sound"].items()
    rows = [(name, *(f"{ms * int(size):,.0f}" for size in sizes)) for name, ms in per_sound]
    for name in figures["ms"][sizes[0]]:
        found = (figures["ms"][size].get(name) for size in sizes)
        title = f"**{name}**" if name.startswith("Menura") else name
        rows.append((title, *("" if ms is None else f"{ms:,.2f}" for ms in found)))
    head = ("ms a query", *(f"{int(size):,} windows" for size in sizes))
    ((size, mixed),) = figures["ms_mixtures"].items()
    mixtures = f"\nOver {int(size):,} mixtures of real windows: {mixed['Menura, codes']:.2f} ms with codes.\n"
    return table(head, rows) + mixtures + provenance(result)


def block_bounds() -> str:
    """What is left to read where blocks can be skipped."""
    result = read_result("block_bounds")
    rows = [
        (f"{library['rows']:,} {name}", size, *(f"{100 * share:.0f} %" for share in shares.values()))
        for name, library in result["figures"].items()
        for size, shares in library["left_to_read"].items()
    ]
    head = ("rows", "in a block", "left to read, as stored", "sorted by likeness", "boxes, of the rows' size")
    return table(head, rows) + provenance(result)


def filling_rates() -> str:
    """How fast an index fills, in whole commands."""
    result = read_result("filling")
    measured = result["figures"]["rates"] | result["figures"]["long"]
    rows = [
        (
            {"minute": "one wav of a minute", "hour": "one wav of an hour"}.get(name, name),
            f"{figures['sounds']:,}",
            f"{figures['windows']:,}",
            f"{figures['seconds']:.1f} s",
            f"{figures['sounds_per_s']:.0f}" if figures["sounds"] > 1 else "",
            f"{figures['windows_per_s']:.0f}",
            f"{1_000 * figures['cpu_seconds'] / figures['windows']:,.1f} ms",
            f"{figures['peak_mb']} MB",
        )
        for name, figures in measured.items()
    ]
    head = (
        "sounds",
        "number",
        "windows",
        "whole command",
        "sounds a second",
        "windows a second",
        "processor time a window",
        "memory",
    )
    return table(head, rows) + provenance(result)


def filling_stages() -> str:
    """Where the time of an indexing goes, and in brackets what it could not take less than."""
    result = read_result("filling")
    stages, limits = result["figures"]["stages_ms"], result["figures"].get("limits_ms", {})
    names = list(stages)
    rows = []
    for stage in stages[names[0]]:
        found = {name: limits.get(name, {}).get(stage) for name in names}
        least = {name: "" if limit is None else f" ({limit:.2f})" for name, limit in found.items()}
        rows.append((stage, *(f"{stages[name][stage]:.2f}{least[name]}" for name in names)))
    return table(("ms a sound, one thread", *names), rows) + provenance(result)


def index_size() -> str:
    """What an index takes for a sound of one window, part by part."""
    result = read_result("index_size")
    libraries = {name: found for name, found in result["figures"].items() if "parts" in found}
    parts = next(iter(libraries.values()))["parts"]
    rows = [(part, *(f"{found['parts'][part]:.0f}" for found in libraries.values())) for part in parts]
    rows.append(("**in all**", *(f"**{found['bytes_a_window']:.0f}**" for found in libraries.values())))
    head = (f"{found['sounds']:,} sounds, {found['path_bytes']:.0f} bytes a path" for found in libraries.values())
    windows, n_bytes = (result["figures"]["packed_projection"][name] for name in ("windows", "bytes"))
    least = f"\nThe entropy of the bytes of a projection, over {windows:,} real windows, is {n_bytes:.0f} bytes.\n"
    return table(("bytes a window", *head), rows) + least + provenance(result)


def filling_growth() -> str:
    """What grows with a library, and what does not."""
    result = read_result("filling_growth")
    rows = [
        (
            f"{figures['sounds']:,}",
            f"{figures['seconds']:.0f} s",
            f"{figures['sounds_per_s']:.0f}",
            f"{1_000 * figures['cpu_seconds'] / figures['sounds']:.1f} ms",
            f"{figures['peak_mb']} MB",
            f"{figures['peak_with_helpers_mb']} MB",
            f"{figures['bytes_a_window']:.0f}",
            f"{figures['database_bytes_a_sound']:.0f}",
        )
        for figures in result["figures"].values()
    ]
    head = (
        "sounds",
        "whole command",
        "a second",
        "processor time a sound",
        "memory",
        "with its helpers",
        "bytes a window",
        "in the database",
    )
    return table(head, rows) + provenance(result)


def latency() -> str:
    """What a query costs, stage by stage."""
    result = read_result("latency")
    sizes = result["figures"]["ms"]
    stages = list(next(iter(sizes.values())))
    rows = [
        (f"**{stage}**" if stage == "whole" else stage, *(f"{figures[stage]:.2f}" for figures in sizes.values()))
        for stage in stages
    ]
    head = ("ms a query", *(f"{int(size):,} windows" for size in sizes))
    seconds = result["figures"]["shell_s"]
    shell = f"\nFrom the shell, over 10,000 sounds: {seconds['search']:.2f} s for the whole command.\n"
    return table(head, rows) + shell + provenance(result)


def feedback() -> str:
    """How well a class is ranked, by nDCG, before and after somebody has judged a sound or two."""
    result = read_result("feedback")
    rows = []
    for name, figures in result["figures"]["held_out"].items():
        if isinstance(figures, dict):
            low, high = figures["gain_interval_95"]
            gain = f"{figures['ndcg_after'] - figures['ndcg_before']:+.3f} ({low:+.3f} to {high:+.3f})"
            better = f"{100 * figures['better']:.0f} %"
            before, after = (f"{figures[f'ndcg_{when}']:.3f}" for when in ("before", "after"))
            rows.append((name, f"{figures['queries']}", before, after, gain, better, f"{figures['ms']:.0f}"))
    head = ("said", "searches", "nDCG before", "after", "gain (95 %)", "better", "ms to move the query")
    return table(head, rows) + provenance(result)


def several_takes() -> str:
    """How well several takes of a sound find it, combined and alone."""
    result = read_result("several_takes")
    rows = []
    for name, figures in result["figures"].items():
        mean = figures["combined"]["mean of the queries"]
        singles = (f"{figures['single'][which]['mrr']:.3f}" for which in ("any one", "the surest"))
        gains = []
        for which in ("any one", "the surest"):
            found = mean[f"against {which}"]
            low, high = found["interval_95"]
            gains.append(f"{found['gain']:+.3f} ({low:+.3f} to {high:+.3f})")
        rows.append((name, f"{figures['sounds']:,}", *singles, f"**{mean['mrr']:.3f}**", *gains))
    head = ("MRR", "sounds", "any one take", "the surest", "together", "gain over any one", "over the surest")
    return table(head, rows) + provenance(result)


def page() -> str:
    """How soon the page answers, and what it weighs."""
    result = read_result("page")
    figures = result["figures"]
    rows = []
    for sounds in sorted(int(key) for key in figures if key.isdecimal()):
        found = figures[str(sounds)]
        columns = (found[name] for name in ("recording_to_result_ms", "key_to_sound_ms"))
        rows.append((f"{sounds:,}", *(f"{ms['median']:.0f} ms ({ms['worst']:.0f})" for ms in columns)))
    weight = figures["weight_kb"]
    text = table(("sounds", "recording to result, median (worst)", "key to sound"), rows)
    return (
        f"{text}\nThe page weighs {weight['raw']:.0f} kB, {weight['gzip']:.0f} kB as it is sent.\n{provenance(result)}"
    )


def library_map() -> str:
    """How long a map takes, and how steady it is."""
    result = read_result("map")
    figures = result["figures"]
    rows = [
        (
            f"{int(size):,}",
            f"{found['processor_seconds']:.0f} s",
            f"{found['going_on_processor_seconds']:.0f} s",
            f"{100 * found['moved_median_of_width']:.1f} %",
            f"{100 * found['moved_95_percent_of_width']:.1f} %",
        )
        for size, found in figures["layout"].items()
    ]
    head = ("sounds", "from nothing", "when 2 % have come", "the others move, median", "95 % of them, less than")
    units = "\nSeconds are the processor's, of which a layout uses one; moves are shares of the map's width.\n"
    return table(head, rows) + units + provenance(result)


def loudness() -> str:
    """How far sounds differ in loudness as they are, and as they are played."""
    result = read_result("loudness")
    figures = result["figures"]
    rows = [
        (name, *(f"{figures[name][what]:.1f} dB" for what in ("deviation_db", "nine_in_ten_db", "of_ten_db")))
        for name in ("as they are", "matched", "matched, without these")
    ]
    kept = {name: count for name, count in figures.items() if name.startswith("kept softer")}
    rows[-1] = (f"matched, without the {sum(kept.values())} that stay softer", *rows[-1][1:])
    head = (
        f"{figures['sounds']} sounds",
        "standard deviation",
        "nine in ten lie within",
        "ten at random, median range",
    )
    why = "; ".join(f"{name}: {count}" for name, count in kept.items())
    return table(head, rows) + f"\nOf these {why}.\n" + provenance(result)


def serving() -> str:
    """How a server bears a crowd."""
    result = read_result("serving")
    figures = result["figures"]
    over = figures["over_capacity"]
    errors = "; ".join(f"{name}: {count:,}" for name, count in figures["errors"].items()) or "none"
    rows = [
        ("people who search without a pause, for", f"{figures['clients']}, {figures['seconds'] / 60:g} min"),
        ("sounds indexed meanwhile", f"{figures['sounds_indexed_meanwhile']:,}"),
        ("searches, of them refused or failed", f"{figures['searches']:,}, {errors}"),
        ("searches a second", f"{figures['searches_per_s']:.0f}"),
        ("median, 95 %, 99 %", " / ".join(f"{figures[f'ms_{part}']:,.0f} ms" for part in ("p50", "p95", "p99"))),
        ("one person alone, from take to hits", f"{figures['ms_alone_from_take_to_hits']['p50']:.0f} ms"),
        (
            "memory after 5 s, at the end",
            f"{figures['memory_mb_after_5_s']:.0f} MB, {figures['memory_mb_at_the_end']:.0f} MB",
        ),
        (
            f"{over['asked_at_once']} more at once",
            f"{over['statuses'].get('200', 0)} answered, {over['statuses'].get('503', 0)} refused, the last after "
            f"{over['ms_until_the_last_refusal'] or 0:,.0f} ms; afterwards {over['status_afterwards']}",
        ),
    ]
    return table(("a crowd", f"{figures['sounds']:,} sounds"), rows) + provenance(result)
