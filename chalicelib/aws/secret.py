"""Settings kept in AWS Secrets Manager: tokens and keys stand in no template, no environment and no console."""

import json


def read_secret(arn: str) -> dict[str, str]:
    """The settings in a secret, a JSON object of texts. ValueError, which repeats none of it, where it is anything else."""
    import boto3

    answer = boto3.session.Session().client("secretsmanager").get_secret_value(SecretId=arn)
    try:
        held = json.loads(answer["SecretString"])
    except (KeyError, ValueError):
        held = None
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        raise ValueError(
            f'密钥 {arn} 应为 JSON 对象，如 {{"DUBAN_TELEGRAM_TOKEN": "…"}} '
            "(the secret must be a JSON object whose values are texts; see docs/cloud.md)"
        )
    return held
