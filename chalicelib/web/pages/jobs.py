"""How far long work is: planning anew after a publication, an import, an export, a preview. The page looks again by itself."""

from chalice import Blueprint

from ...usecases.clockwork import jobs as usecase
from ...usecases.tables import exporting, importing
from ...usecases.tables.exports import TABLES
from .page import me, pages_of, ports, show

jobs = Blueprint(__name__)
page = pages_of(jobs)
TITLES = {usecase.IMPORT: ("导入", "Import"), usecase.EXPORT: ("导出", "Export"), usecase.PREVIEW: ("预览", "Preview")}


@page("/jobs/{job}")
def show_job(job):
    bearer = me()
    record = usecase.progress_for(ports().store, bearer, job)
    kind, is_done = record["kind"], record["state"] == "done"
    is_import, is_export = kind == usecase.IMPORT, kind == usecase.EXPORT
    return show(
        "job.html",
        TITLES.get(kind, ("发布", "Publication")),
        job=record,
        is_import=is_import,
        is_export=is_export,
        is_preview=kind == usecase.PREVIEW,
        is_calendar="publish-calendar" in job,
        kind=importing.kind_of(ports(), record["what"]).title if is_import else TABLES[record["what"]][0] if is_export else "",
        files=exporting.made(ports(), bearer, job, ports().clock()) if is_export and is_done else [],
        is_admin=bearer.role == "admin",
    )
