"""Settings of an installation: environment variables, all of them in this table, read once."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

log = logging.getLogger(__name__)


class Setting(NamedTuple):
    name: str
    default: str
    help: str


SETTINGS = (
    Setting("DUBAN_DATA", "data", "folder of the embedded store and its secrets"),
    Setting("DUBAN_CHECKPOINTS", "", "folder or s3:// bucket of the ledgers' checkpoints, best elsewhere; else with the files"),
    Setting("DUBAN_HOST", "127.0.0.1", "address the embedded server listens on"),
    Setting("DUBAN_PORT", "8080", "port the embedded server listens on"),
    Setting("DUBAN_PUBLIC_URL", "", "how people reach the server; links in messages start with it (default: http://HOST:PORT)"),
    Setting("DUBAN_THREADS", "8", "threads that answer requests"),
    Setting("DUBAN_TICK_SECONDS", "5", "seconds between two looks at what is due and what is to be sent"),
    Setting("DUBAN_TELEGRAM_TOKEN", "", "token of the Telegram bot; without it the channel is off"),
    Setting("DUBAN_TELEGRAM_URL", "https://api.telegram.org", "base address of the Telegram Bot API"),
    Setting("DUBAN_WECOM_URL", "https://qyapi.weixin.qq.com", "base address of WeCom's API"),
    Setting("DUBAN_WECOM_CORP", "", "corp id of the WeCom app (wecom_app); off without it, its agent id and secret"),
    Setting("DUBAN_WECOM_AGENT", "", "agent id of the WeCom app, a number"),
    Setting("DUBAN_WECOM_SECRET", "", "secret of the WeCom app"),
    Setting("DUBAN_DINGTALK_URL", "https://oapi.dingtalk.com", "base address of DingTalk's robots"),
    Setting("DUBAN_FEISHU_URL", "https://open.feishu.cn", "base address of Feishu's robots"),
    Setting(
        "DUBAN_TELEGRAM_WEBHOOK_SECRET", "", "secret of the bot's webhook; without it the server asks Telegram for messages"
    ),
    Setting("DUBAN_SMTP_HOST", "", "mail server that sends e-mail (email); without it the channel is off"),
    Setting("DUBAN_SMTP_PORT", "465", "port of the mail server"),
    Setting("DUBAN_SMTP_TLS", "implicit", "implicit or starttls; none only for a mail server on this machine"),
    Setting("DUBAN_SMTP_CA", "", "file with the certificate of the mail server's own authority"),
    Setting("DUBAN_SMTP_USER", "", "login at the mail server; without it there is none"),
    Setting("DUBAN_SMTP_PASSWORD", "", "password at the mail server"),
    Setting("DUBAN_SMTP_FROM", "", "mailbox that e-mail comes from, with or without a name"),
    Setting("DUBAN_SMTP_PER_MINUTE", "60", "most letters a minute that the mail server lets one sender send"),
    Setting("DUBAN_SES_FROM", "", "sender of e-mail by Amazon SES (ses), verified there; without it the channel is off"),
    Setting("DUBAN_SNS", "", "on sends SMS by Amazon SNS (sns); else the channel is off"),
    Setting("DUBAN_SNS_SENDER", "", "what SMS by SNS show as their sender, where a country allows it"),
    Setting("DUBAN_ALIYUN_SMS_URL", "https://dysmsapi.aliyuncs.com", "base address of Aliyun's SMS service"),
    Setting("DUBAN_ALIYUN_KEY_ID", "", "access key id for Aliyun's SMS (aliyun), which is off without"),
    Setting("DUBAN_ALIYUN_KEY_SECRET", "", "secret of that access key"),
    Setting("DUBAN_ALIYUN_SIGN_NAME", "", "approved signature of Aliyun SMS, without its brackets"),
    Setting("DUBAN_ALIYUN_RECEIPTS_KEY", "", "secret part of the address for Aliyun's SMS receipts: /hooks/aliyun/KEY"),
    Setting("DUBAN_DYNAMODB_TABLE", "", "name of the DynamoDB table; where set it is the store instead of SQLite"),
    Setting("DUBAN_BLOB_BUCKET", "", "name of the S3 bucket for uploaded files; without it they are kept in the data folder"),
    Setting("DUBAN_DYNAMODB_URL", "", "another address of DynamoDB, for tests"),
    Setting("DUBAN_NOTICES_URL", "", "address of the SQS queue of notices to send; without it the clock's own process sends"),
    Setting("DUBAN_JOBS_URL", "", "address of the SQS queue of long work; needed beside DUBAN_NOTICES_URL"),
    Setting("DUBAN_SECRETS", "", "ARN of a secret in AWS Secrets Manager, a JSON object of further settings"),
    Setting("DUBAN_LEDGER_KEY", "", "key of the ledger's hashes, 64 hexadecimal digits, instead of the file `secret`"),
)


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """Every setting by name. A DUBAN_ variable that does not exist is said and passed over: it may be a later version's."""
    known = {setting.name for setting in SETTINGS}
    for name in sorted(environ):
        if name.startswith("DUBAN_") and name not in known:
            log.warning(
                "没有 %s 这个环境变量设置，已忽略；可用：%s (unknown setting, passed over)",
                name,
                "、".join(sorted(known)),
                extra={"action": "unknown-setting"},
            )
    values = {setting.name: environ.get(setting.name, setting.default) for setting in SETTINGS}
    values["DUBAN_PUBLIC_URL"] = (values["DUBAN_PUBLIC_URL"] or f"http://{values['DUBAN_HOST']}:{values['DUBAN_PORT']}").rstrip(
        "/"
    )
    return values
