"""AWS's price list, as far as it is needed."""

from typing import NamedTuple

MILLION = 1_000_000


class Price(NamedTuple):
    dollars: float
    per: str
    what: str
    source: str


PRICES_OF = "us-east-1, list prices without free tiers, as published in the first half of 2026"
PRICES = {
    "read": Price(0.125, "million read request units", "DynamoDB on demand", "aws.amazon.com/dynamodb/pricing/on-demand"),
    "write": Price(0.625, "million write request units", "DynamoDB on demand", "aws.amazon.com/dynamodb/pricing/on-demand"),
    "stored": Price(0.25, "GB-month", "DynamoDB storage", "aws.amazon.com/dynamodb/pricing/on-demand"),
    "recovery": Price(0.20, "GB-month", "DynamoDB point-in-time recovery", "aws.amazon.com/dynamodb/pricing/on-demand"),
    "run": Price(0.20, "million requests", "Lambda", "aws.amazon.com/lambda/pricing"),
    "second": Price(16.6667, "million GB-seconds", "Lambda, x86", "aws.amazon.com/lambda/pricing"),
    "queue": Price(0.40, "million requests", "SQS, standard queues", "aws.amazon.com/sqs/pricing"),
    "call": Price(3.50, "million calls", "API Gateway, REST", "aws.amazon.com/api-gateway/pricing"),
    "file": Price(5.00, "million PUTs", "S3", "aws.amazon.com/s3/pricing"),
    "log": Price(0.50, "GB", "CloudWatch Logs, taken in", "aws.amazon.com/cloudwatch/pricing"),
    "metric": Price(0.30, "metric-month", "CloudWatch metrics", "aws.amazon.com/cloudwatch/pricing"),
    "alarm": Price(0.10, "alarm-month", "CloudWatch alarms", "aws.amazon.com/cloudwatch/pricing"),
    "secret": Price(0.40, "secret-month", "Secrets Manager", "aws.amazon.com/secrets-manager/pricing"),
    "schedule": Price(1.00, "million invocations", "EventBridge Scheduler", "aws.amazon.com/eventbridge/pricing"),
    "transition": Price(
        25.00, "million state transitions", "Step Functions, standard", "aws.amazon.com/step-functions/pricing"
    ),
    "server": Price(0.0168, "hour", "EC2 t4g.small", "aws.amazon.com/ec2/pricing/on-demand"),
    "database": Price(0.032, "hour", "RDS for PostgreSQL db.t4g.small, one zone", "aws.amazon.com/rds/postgresql/pricing"),
    "disk": Price(0.08, "GB-month", "EBS gp3", "aws.amazon.com/ebs/pricing"),
    "rds-disk": Price(0.115, "GB-month", "RDS gp3", "aws.amazon.com/rds/postgresql/pricing"),
}


def price(name: str, count: float) -> float:
    """Dollars for a count of single things."""
    one = PRICES[name]
    return count * one.dollars / (MILLION if one.per.startswith("million") else 1)
