"""What the end of a run says beside what pytest does."""

BROWSER = "tests/browser/"


def pytest_terminal_summary(terminalreporter):
    left_out = [report for report in terminalreporter.stats.get("skipped", ()) if report.nodeid.startswith(BROWSER)]
    if left_out:
        terminalreporter.write_line(
            f"{len(left_out)} browser tests were left out: no chromium and chromedriver were found "
            "(Debian: apt-get install chromium chromium-driver fonts-noto-cjk)"
        )
