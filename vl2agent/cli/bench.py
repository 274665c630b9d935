"""`vl2agent bench`: measure how well the parts do."""

from __future__ import annotations

import typer

from vl2agent.cli import bench_desktop, bench_grounding, bench_injection, bench_miniwob, bench_web2code

app = typer.Typer(help="Measure how well the parts do.", no_args_is_help=True)
app.command(epilog=bench_grounding.EPILOG)(bench_grounding.grounding)
app.command(epilog=bench_desktop.EPILOG)(bench_desktop.desktop)
app.command(epilog=bench_miniwob.EPILOG)(bench_miniwob.miniwob)
app.command(epilog=bench_injection.EPILOG)(bench_injection.injection)
app.command(epilog=bench_web2code.EPILOG)(bench_web2code.web2code)
