"""What a component asks pip for, compared with what is installed. Nothing is ever installed: a site may have no network."""
import os
import re
import sys

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)", re.S)
_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>)\s*([^\s,;]+)")
_MARKER = re.compile(r"\s*(python_version|python_full_version|sys_platform|platform_system|os_name)\s*(==|!=|<=|>=|<|>)\s*['\"]([^'\"]*)['\"]\s*$")


def refuse_missing(requirements):
    """Ends the process with words that name every missing package; a version that differs is only warned of."""
    installed = _installed()
    missing = []
    for text in requirements:
        name, clauses, marker = _split(text)
        if marker is not None and not _applies(marker):
            continue
        if name is None:
            missing.append(text)
            continue
        version = installed.get(_plain(name))
        if version is None and not _importable(name):
            missing.append(text)
        elif version is not None and clauses and not _fits(version, clauses):
            print(f"slipway: {text} is asked for, and {name} {version} is installed: running with that one", file=sys.stderr, flush=True)

    if missing:
        names = ", ".join(missing)
        print(
            f"slipway: missing Python package{'s' if len(missing) > 1 else ''}: {names}. Packages are not installed at run time: "
            f"install {'them' if len(missing) > 1 else 'it'} for {sys.executable}, or name a virtual environment that has {'them' if len(missing) > 1 else 'it'}",
            file=sys.stderr,
            flush=True,
        )
        sys.exit(1)


def _split(text):
    """Name, version clauses and marker of a requirement; no name for an address or a path."""
    requirement, _, marker = text.partition(";")
    marker = marker.strip() or None
    if "://" in requirement and "@" not in requirement.split("://")[0]:
        return None, [], marker
    match = _NAME.fullmatch(requirement)
    if match is None or "/" in match[1] or requirement.lstrip().startswith("."):
        return None, [], marker
    return match[1], _CLAUSE.findall(match[2]) if not match[2].lstrip().startswith("@") else [], marker


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed():
    """Names and versions by the folders that installers leave. Reading those is ten times quicker than importlib.metadata."""
    found = {}
    for folder in sys.path:
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            continue
        for entry in entries:
            if entry.endswith((".dist-info", ".egg-info")):
                parts = entry.rsplit(".", 1)[0].split("-")
                found.setdefault(_plain(parts[0]), parts[1] if len(parts) > 1 else "")
    return found


def _importable(name):
    from importlib.util import find_spec

    try:
        return find_spec(name.replace("-", "_")) is not None
    except (ImportError, ValueError):
        return False


def _applies(marker):
    for clause in re.split(r"\s+and\s+", marker):
        match = _MARKER.match(clause)
        if match is None:
            return True
        value = {
            "python_version": "%d.%d" % sys.version_info[:2],
            "python_full_version": "%d.%d.%d" % sys.version_info[:3],
            "sys_platform": sys.platform,
            "platform_system": "Linux" if sys.platform.startswith("linux") else sys.platform,
            "os_name": os.name,
        }[match[1]]
        numeric = match[1].startswith("python")
        left, right = (_release(value), _release(match[3])) if numeric else (value, match[3])
        if not _compare(left, match[2], right):
            return False
    return True


def _release(version):
    return [int(n) for n in re.findall(r"\d+", re.split(r"[a-z+]", version.lower(), maxsplit=1)[0])]


def _compare(left, operator, right):
    if isinstance(left, list):
        width = max(len(left), len(right))
        left, right = left + [0] * (width - len(left)), right + [0] * (width - len(right))
    return {"==": left == right, "===": left == right, "!=": left != right, "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def _fits(version, clauses):
    have = _release(version)
    for operator, wanted in clauses:
        want = _release(wanted)
        if wanted.endswith(".*") and operator in ("==", "!="):
            ok = (have[: len(want)] == want) == (operator == "==")
        elif operator == "~=":
            ok = _compare(have, ">=", want) and have[: len(want) - 1] == want[:-1]
        else:
            ok = _compare(have, operator, want)
        if not ok:
            return False
    return True
