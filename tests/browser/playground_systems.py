"""Small systems for the playground to show: quick, and the same every time."""


def careful(source: str) -> str:
    source = source.replace("recieve", "receive").replace("marks.", "marks!")
    return source.replace("wierd", "weird")


def hasty(source: str) -> str:
    source = source.replace("school", "to school").replace("recieve", "receive")
    return source.replace("wierd", "wired")


def brittle(source: str) -> str:
    if "boom" in source:
        raise ValueError("no word for <b>boom</b>")
    source = source.replace("school", "to school").replace("wierd", "wired")
    return source.replace("tags", "<script>alert(1)</script>")
