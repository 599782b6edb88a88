from benchmarks.truth import Truth


def composed_truths() -> list[Truth]:
    return []
