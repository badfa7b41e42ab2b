"""A chart of lines by minute, as SVG."""

from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 820, 320, 60, 40, 60
COLOURS = ("#9aa0a6", "#1a73e8", "#e8710a", "#d93025")
STEP = 15  # minutes between the times below


def chart(lines: Mapping[str, Sequence[float]], *, start: int, title: str) -> str:
    """`lines` by name, a value a minute; `start`: the minute of the day of the first."""
    minutes, most = len(next(iter(lines.values()))), max(max(line) for line in lines.values())
    wide, high = (WIDTH - LEFT - 10) / minutes, (HEIGHT - TOP - BOTTOM) / most
    base = HEIGHT - BOTTOM

    def at(minute: int, value: float) -> str:
        return f"{LEFT + minute * wide:.1f},{base - value * high:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img">',
        f'<title>{title}</title><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="14">{title}</text>',
    ]
    for share in range(5):
        value = most * share / 4
        parts.append(f'<path d="M{at(0, value)} H{WIDTH - 10}" stroke="#e0e0e0"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{base - value * high + 4:.1f}" text-anchor="end">{value:,.0f}</text>')
    for minute in range(0, minutes, STEP):
        hour, past = divmod(start + minute, 60)
        parts.append(f'<text x="{LEFT + minute * wide:.1f}" y="{base + 18}" text-anchor="middle">{hour:02}:{past:02}</text>')
    for place, ((name, line), colour) in enumerate(zip(lines.items(), COLOURS, strict=False)):
        points = " ".join(at(minute, value) for minute, value in enumerate(line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        parts.append(f'<text x="{LEFT + place * 190}" y="40" font-size="10.5" fill="{colour}">— {name}</text>')
    return "\n".join((*parts, "</svg>", ""))
