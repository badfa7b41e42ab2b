"""The pictures of the README, taken of a real server: `python -m tests.browser.pictures`, with chromium as the tests need it.

Dates are relative to today, as the sample's are: taken on another day, the pictures show other dates.
"""

import tempfile
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from tests.browser.conftest import Window, chromium
from tests.e2e.served import ROOT, Served

FOLDER = ROOT / "docs" / "pictures"
WIDTH = 1100  # pixels; as wide as the README is shown
PLACE = "yunyang"
# unit, its name, its project, total in yuan, days since it was completed
OTHERS = [
    ("yy-education", "示例·县教育委", "智慧校园平台", 4_600_000, 20),
    ("yy-transport", "示例·县交通运输委", "公路运行监测系统", 8_200_000, 150),
    ("yy-water", "示例·县水利局", "水库安全监测系统", 3_900_000, 178),
    ("yy-archives", "示例·县档案馆", "数字档案馆", 2_700_000, 210),
    ("yy-police", "示例·县公安局", "执法办案管理系统", 12_500_000, 95),
]
ASKS = ("yy-transport", "yy-police")  # have applied for acceptance
PAPERS = ("项目建设总结", "财务报告", "审计报告", "安全风险评估报告", "密码应用安全性评估报告", "数据字典")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="duban-pictures-") as folder:
        served = Served(Path(folder))
        served.start("--sample")
        try:
            served.is_ready()
            register(served, date.today())
            with chromium() as driver:
                take(Window(driver, served), FOLDER)
        finally:
            served.stop()


def register(served: Served, today: date) -> None:
    """More units beside the sample's, so that a place has something to look at."""
    admin = served.ran("token", "issue", "--role", "admin", "--jurisdiction", PLACE).strip()
    for unit, name, project, total, days in OTHERS:
        tracked = (today - timedelta(days=400)).isoformat()
        post(served, admin, "parties", {"id": unit, "name": name, "kind": "department", "tracked_since": tracked})
        clerk = served.ran("token", "issue", "--role", "unit", "--jurisdiction", PLACE, "--party", unit).strip()
        facts = {"kind": "new", "total_investment": total}
        post(served, clerk, "projects", {"id": f"{unit}-1", "name": project, "facts": facts})
        completed = {"classified": False, "completed_on": (today - timedelta(days=days)).isoformat()}
        post(served, clerk, f"projects/{unit}-1/submissions/completion", completed)
        if unit in ASKS:
            asked = {"classified": False, "applied_on": today.isoformat(), "attachments": [{"name": name} for name in PAPERS]}
            post(served, clerk, f"projects/{unit}-1/submissions/acceptance-application", asked)


def post(served: Served, token: str, path: str, body: dict) -> None:
    status, answer = served.ask("POST", f"/api/v1/{path}", body, Authorization=f"Bearer {token}")
    assert status == 201, answer


def take(window: Window, folder: Path) -> None:
    with framed(window, 1300):
        window.sign_in("unit").open("/")
        near = window.driver.find_elements("css selector", "main details > summary")[1]  # the first is the one overdue
        near.click()
        window.driver.save_screenshot(str(folder / "unit.png"))
    with framed(window, 1000):
        window.sign_in("authority").open("/board")
        window.driver.save_screenshot(str(folder / "board.png"))


@contextmanager
def framed(window: Window, height: int):
    metrics = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    window.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    yield
    window.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    window.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": False})


if __name__ == "__main__":
    main()
