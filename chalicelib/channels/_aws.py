"""What the channels of Amazon's services share: asking one, and judging what it answers."""

import logging
import threading
from typing import Any

from ..ports import GiveUp, RetryAfter
from . import CONNECT_TIMEOUT, NETWORK_RETRY_SECONDS, TIMEOUT, TROUBLE_RETRY_SECONDS, UNKNOWN, Verdict

# What AWS may say of any service.
TOO_FAST = Verdict("发送过快 (too fast)", seconds=2, holds="bot")
FORBIDDEN = Verdict("权限不足，请在策略中允许此操作 (the policy does not allow it)")
BAD_KEYS = Verdict("密钥有误 (the keys are wrong)")
VERDICTS = {
    **dict.fromkeys(("Throttling", "ThrottlingException", "Throttled", "TooManyRequestsException"), TOO_FAST),
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "AuthorizationError"), FORBIDDEN),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSecurity"), BAD_KEYS
    ),
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException"), Verdict("临时密钥已过期 (the keys ran out)", seconds=60, holds="bot")
    ),
}


class Aws:
    """Asks one service of Amazon's. Keys, region and another address (AWS_ENDPOINT_URL) are boto3's to find. Calls are never
    repeated by boto3 itself, which could send twice. boto3 is imported at the first question."""

    def __init__(
        self,
        title: str,
        service: str,
        verdicts: dict[str, Verdict],
        *,
        endpoint_url: str | None = None,
        timeout: float = TIMEOUT,
    ):
        self.title, self._service, self._verdicts = title, service, VERDICTS | verdicts
        self._endpoint_url, self._timeout = endpoint_url, timeout
        self._client: Any = None
        self._lock = threading.Lock()

    def ask(self, operation: str, **request: Any) -> dict[str, Any] | RetryAfter | GiveUp:
        """The service's answer, which has a MessageId, or what to do in its absence."""
        from botocore import exceptions as boto

        try:
            client = self._open()
        except (boto.BotoCoreError, ValueError) as error:  # e.g. no region, an address that is none
            return self._unset(error)
        if client.meta.partition == "aws-cn":
            return GiveUp(f"{self.title} 在 AWS 中国区不可用，请改用其他渠道 (not offered in AWS's China regions)")
        try:
            answer = getattr(client, operation)(**request)
        except boto.ClientError as error:
            return self._judged(error.response)
        except (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError, boto.SSLError) as error:
            return RetryAfter(NETWORK_RETRY_SECONDS, f"{self.title} 未能连接 (not connected, {type(error).__name__})")
        except Exception as error:  # botocore's readers raise whatever comes of an answer that is not the service's
            if isinstance(error, boto.BotoCoreError) and not isinstance(error, (boto.HTTPClientError, boto.ConnectionError)):
                return self._unset(error)  # e.g. no keys
            return self._unanswered(type(error).__name__)
        return answer if answer.get("MessageId") else self._unanswered("no MessageId")

    def _unset(self, error: Exception) -> GiveUp:
        return GiveUp(f"{self.title} AWS 的密钥或区域设置有误 (keys or region are not set well, {type(error).__name__})")

    def _unanswered(self, why: str) -> RetryAfter:
        reason = f"{self.title} 没有收到可识别的答复 (no answer that is understood, {why})"
        return RetryAfter(NETWORK_RETRY_SECONDS, reason, uncertain=True)

    @property
    def region(self) -> str:
        return self._open().meta.region_name

    def close(self) -> None:
        """End the connections; the next question would open others."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _open(self) -> Any:
        import boto3
        from botocore.config import Config

        with self._lock:
            if self._client is None:
                logging.getLogger("botocore").setLevel(logging.WARNING)  # and all its loggers: they tell requests whole
                once = {"total_max_attempts": 1}
                config = Config(retries=once, connect_timeout=min(self._timeout, CONNECT_TIMEOUT), read_timeout=self._timeout)
                self._client = boto3.session.Session().client(self._service, endpoint_url=self._endpoint_url, config=config)
            return self._client

    def _judged(self, response: dict[str, Any]) -> RetryAfter | GiveUp:
        """What to do about an error. Its words may hold the address: only its code is told."""
        code, status = response["Error"].get("Code", ""), response["ResponseMetadata"]["HTTPStatusCode"]
        if status >= 500 and code not in self._verdicts:
            reason = f"{self.title} HTTP {status} 对方故障 (trouble at the vendor)"
            return RetryAfter(TROUBLE_RETRY_SECONDS, reason, uncertain=True)
        verdict = self._verdicts.get(code, UNKNOWN)
        reason = f"{self.title} {code} {verdict.meaning}"
        return GiveUp(reason) if verdict.seconds is None else RetryAfter(verdict.seconds, reason, holds=verdict.holds)
