"""`duban serve` and the commands that work on the store beside it."""

import argparse
import json
import sys

from .. import bootstrap
from ..core.errors import InvalidInput
from ..ports import Ports
from ..serve import listen, serve
from ..usecases.clockwork.sample import load_sample, sample_tokens, unload
from ..usecases.clockwork.tick import tick
from ..usecases.proof.reconcile import reconcile
from ..usecases.reminding.deliver import deliver
from ..usecases.rulebooks.seed import seed
from ..usecases.signing_in.access import issue_token, revoke_token
from ..usecases.state.account import verify
from ..usecases.state.checkpoint import of_a_lost_life
from ..usecases.state.epoch import PLACE_ZH, epoch_of
from .signin import links_at_start

GO_ON = {  # what to do where nothing is sent
    "frozen": "取消迁移用 duban thaw，完成迁移用 duban retire",
    "loading": "用同一份文件再执行 duban load",
    "paused": "重新开始发送请看 duban resume",
}


def run_serve(options: argparse.Namespace) -> None:
    values = bootstrap.configure(DUBAN_DATA=options.data, DUBAN_HOST=options.host, DUBAN_PORT=options.port)
    server = listen(values)  # first of all: who cannot be reached promises nothing
    ports = bootstrap.ports()
    url = values["DUBAN_PUBLIC_URL"]
    for place in seed(ports, ports.clock()):
        print(f"{place}：升级带来了新的规则册，尚未发布；查看：duban rules diff，发布前请预览", flush=True)
    print(f"督办 Duban：{url}   接口说明 {url}/openapi.json   运行状况 {url}/health", flush=True)
    if options.sample and load_sample(ports, ports.clock()):
        print("已载入示例数据（均标有【示例】；移除：duban sample unload）。试用令牌（Bearer）：", flush=True)
        for place, token in sample_tokens(ports, ports.clock()).items():
            print(f"  {place:14} {token}", flush=True)
        print("例如：curl -H 'Authorization: Bearer 令牌' " + f"{url}/api/v1/projects/sample-yunyang-1/obligations", flush=True)
    elif options.sample:
        print(
            "示例数据此前已载入。再要一个试用令牌：duban token issue --role unit --jurisdiction yunyang --party sample-yunyang",
            flush=True,
        )
    for line in links_at_start(ports, is_sample=options.sample):
        print(line, flush=True)
    serve(server, values)


def run_tick(options: argparse.Namespace) -> int:
    ports = bootstrap.ports()
    now, state = options.now or ports.clock(), epoch_of(ports.store).value["state"]
    if state != "open":
        print(f"{PLACE_ZH[state]}：没有排定，也没有发送。{GO_ON.get(state, '')}", file=sys.stderr)
        return 1
    woken = tick(ports, now)
    settled = deliver(ports, now, bootstrap.settings()["DUBAN_PUBLIC_URL"])
    print(f"到点 {woken} 项，处理通知 {settled} 条")
    return 0


def run_verify(options: argparse.Namespace) -> int:
    ports = existing_ports()
    chains = verify(ports.store, ports.checkpoints)
    faults = {owner: fault for owner, fault in chains.items() if fault}
    lost = of_a_lost_life(ports.store, ports.checkpoints)
    if options.json:
        told = {"chains": len(chains), "faults": faults, "checkpoints_before_the_copy": lost}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print(f"核验 {len(chains)} 本台账，{len(faults)} 本有问题")
        for owner, fault in faults.items():
            print(f"  {owner}: {fault}")
        if lost:
            print(f"另有 {lost} 个检查点属于恢复副本之前，副本中没有的内容已无从核对")
    return 1 if faults else 0


def run_reconcile(options: argparse.Namespace) -> int:
    ports = existing_ports()
    record = reconcile(ports, ports.clock(), everything=options.all)
    if options.json:
        print(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        print(f"核对 {record['looked_at']} 处，缺漏 {record['gaps']} 处，已补 {record['mended']} 处")
        for gap in record["found"]:
            print(f"  {'已补' if gap['mended'] else '未能补'} {gap['what']}: {gap['about']}")
    return 1 if record["gaps"] else 0


def run_sample(options: argparse.Namespace) -> None:
    print(f"已移除示例数据 {unload(existing_ports())} 条")


def existing_ports() -> Ports:
    """The ports of a store that is there: a mistyped folder must not pass for an empty one."""
    if not bootstrap.has_store():
        folder = bootstrap.settings()["DUBAN_DATA"]
        raise InvalidInput(f"“{folder}”里没有数据，请核对 DUBAN_DATA", f"there is no store in {folder!r}; check DUBAN_DATA")
    return bootstrap.ports()


def run_token_issue(options: argparse.Namespace) -> None:
    ports = bootstrap.ports()
    ports.rules.editions(options.jurisdiction)
    print(
        issue_token(ports.store, role=options.role, jurisdiction=options.jurisdiction, party=options.party, now=ports.clock())
    )


def run_token_revoke(options: argparse.Namespace) -> None:
    revoke_token(bootstrap.ports().store, options.token)
    print("已收回")
