"""Small systems for the playground to show: quick, and the same every time."""


def careful(source: str) -> str:
    return source.replace("recieve", "receive").replace("marks.", "marks!")


def hasty(source: str) -> str:
    return source.replace("school", "to school").replace("recieve", "receive")


def brittle(source: str) -> str:
    if "boom" in source:
        raise ValueError("no word for <b>boom</b>")
    return source.replace("school", "to school").replace("tags", "<script>alert(1)</script>")
