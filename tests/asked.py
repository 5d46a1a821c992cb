"""A small request of each kind of job, with the data that it is about, as clients send it."""


def lines(text: str, n: int = 20) -> str:
    return "".join(f"{text.format(i)}\n" for i in range(n))


OUTPUTS = {
    "source.txt": lines("He go to scool {} times ."),
    "grammar.txt": lines("He goes to scool {} times ."),
    "speller.txt": lines("He go to school {} times ."),
    "wrong.txt": lines("He go to scool {} time ."),
    "target.txt": lines("He goes to school {} times ."),
}
GOLD = lines(
    "S He go to scool {} times .\n"
    "A 1 2|||SVA|||goes|||REQUIRED|||-NONE-|||0\n"
    "A 3 4|||Spell|||school|||REQUIRED|||-NONE-|||0\n"
    "A 3 4|||Spell|||school|||REQUIRED|||-NONE-|||1\n"
)
RATED = "sentence,label\n" + lines("sir please {0},1\nhey lol {0},-1", 30)
JUDGED = "system,segment,source,output,kept\n" + "".join(
    f"{system},{segment},one two three four five six,{'one two three four five six'[:cut]},{cut}\n"
    for system, most in (("a", 27), ("b", 18), ("c", 9))
    for segment, cut in enumerate(range(most - 6, most), 1)
)
VERSIONS = {
    "eager.txt": lines("He goes to school {} time ."),
    "odd.txt": lines("He go too scool {} times ."),
}

COMBINE = {"kind": "combine", "files": OUTPUTS}
TRAIN = {"kind": "train", "files": OUTPUTS, "references": ["target.txt"], "cv": 2}
RATE = {"kind": "train-metric", "name": "manners", "files": {"rated.csv": RATED}}
RATE |= {"train": "rated.csv", "encoder": "encoder"}
BENCHMARK = {
    "kind": "benchmark",
    "files": {"rated.csv": JUDGED},
    "config": {
        "version": 1,
        "name": "small",
        "texts": {"form": "table", "path": "rated.csv", "source": "source", "output": "output"},
        "judgements": {"form": "table", "path": "rated.csv", "dimensions": {"kept": ["kept"]}},
        "metrics": ["chrf-source", "bleu-source"],
    },
    "set": {"plan.resamples": 20, "plan.permutations": 100},
}
VALIDATE = {
    "kind": "validate",
    "files": {"gold.m2": GOLD},
    "config": {"version": 1, "name": "small", "gold": ["gold.m2"], "metrics": ["maxmatch", "chrf"]},
    "set": {"plan.resamples": 20},
    "seeds": 2,
}
DIVERSIFY = {
    "kind": "diversify",
    "files": {**OUTPUTS, **VERSIONS, "gold.m2": GOLD},
    "config": {
        "version": 1,
        "name": "member",
        "source": "source.txt",
        "gold": "gold.m2",
        "others": {"path": ".", "systems": ["grammar", "speller", "wrong"]},
        "member": {"form": "pool", "path": ".", "systems": ["eager", "odd"]},
        "lessons": {"marginal": {"reward": {"terms": {"marginal": 1}}, "plan": {"steps": 40}}},
    },
}
DIAGNOSE = {
    "kind": "diagnose",
    "files": OUTPUTS,
    "config": {
        "version": 1,
        "study": "complementarity",
        "name": "small",
        "outputs": {"path": ".", "references": ["target.txt"]},
        "plan": {"orders": 2, "labelled": 10},
    },
}
