import pytest
from moto import mock_aws


@pytest.fixture
def started():
    """Starts a vendor (tests/contract/vendors)."""
    running = []

    def start(kind):
        running.append(kind())
        running[-1].start()
        return running[-1]

    yield start
    for vendor in running:
        vendor.stop()


@pytest.fixture
def amazon(monkeypatch):
    """Moto in the place of AWS, in a region to be chosen."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield lambda region: monkeypatch.setenv("AWS_DEFAULT_REGION", region)
