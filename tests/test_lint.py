"""What `lint` finds in a rulebook: each fault is made by damaging Yunyang's, and must be told on its own line."""

import json
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from chalicelib import loaders
from chalicelib.core.condition import FactType, Vocabulary
from chalicelib.core.errors import InvalidRulebook
from chalicelib.core.probe import flaws
from chalicelib.core.regulation import PRELUDE, articles, astray, normalised
from chalicelib.lint import lint

ROOT = Path(__file__).resolve().parent.parent
REGULATIONS = ROOT.parent / "shared" / "regulations"
BOOKS = loaders.jurisdictions()
YUNYANG = (ROOT / "schedules" / "yunyang.yaml").read_text("utf-8")
HERE = "«"  # marks, in a damage, the line on which the fault must be told
BEFORE_REVIEW = date(2026, 11, 22)

# A small regulation, for quotations right and wrong.
TEXT = """关于印发办法的通知
第一章 总  则
第一条 为规范管理,制定本办法。
第二条 项目建设单位应当在每年9月底前，报送清单。
- 3 -
总投资在500万元（含）以上的，建成后半年内申请竣工验收。
第三条 未通过验收的,不予安排经费。
第二条 本办法自公布之日起施行。
附件1
申报表
"""


def book(name):
    return (ROOT / "schedules" / f"{name}.yaml").read_text("utf-8")


def regulation(name):
    return (REGULATIONS / f"{name}.txt").read_text("utf-8")


def damaged(old, new):
    """Yunyang's rulebook with the first `old` replaced, and the line marked in `new`."""
    assert old in YUNYANG, f"the rulebook no longer says {old!r}"
    text = YUNYANG.replace(old, new, 1)
    line = text[: text.index(HERE)].count("\n") + 1
    return text.replace(HERE, ""), line


def mended(faults):
    return [fault for fault in faults if not fault.is_note]


def rows(*conditions, kind="money"):
    words = Vocabulary(
        {},
        {
            name: FactType(kind if name.endswith("total") else "flag", name, name)
            for name in ("project.total", "project.a", "project.b")
        },
    )
    return [words.condition(condition, "test") for condition in conditions]


DAMAGES = {
    "a name that the format does not know": ("    kind: at_most\n", f"    kind: at_most\n    {HERE}whitin: 3\n", "apply-for-acceptance", "这里不能写“whitin”"),
    "a field of another kind": ("    from: construction_completed\n    within", f"    {HERE}nudge: 3\n    from: construction_completed\n    within", "apply-for-acceptance", "不能写“nudge”"),
    "a missing title": ("    title: {zh: 提交竣工验收申请, en: Apply for acceptance}\n", "", "apply-for-acceptance", "缺少“title”"),
    "a missing field of the kind": ("    within: {months: 6}\n", "", "apply-for-acceptance", "缺少“within”"),
    "a duty that nothing fulfils": ("    done_by: [acceptance_applied]\n", "", "apply-for-acceptance", "缺少“done_by”"),
    "a recurring duty without its day": ("    by: {month: 9, day: last}\n", "", "annual-list", "缺少“by”"),
    "an interval without its start": ("    from: put_into_operation\n", "", "security-evaluation", "缺少“from”"),
    "a day that no month has": ("by: {month: 9, day: last}", f"{HERE}by: {{month: 9, day: 31}}", "annual-list", "“day”写的是“31”"),
    "a date that the calendar has not": ("reviewed_on: 2026-11-21", f'{HERE}reviewed_on: "2026-02-30"', "reviewed_on", "“reviewed_on”写的是“2026-02-30”"),
    "an article that is not a number": ('    article: "25"\n', f'    {HERE}article: 第25条\n', "apply-for-acceptance", "“article”写的是“第25条”"),
    "an article without quotation marks": ('    article: "25"\n', f"    {HERE}article: 25\n", "apply-for-acceptance", "“article”写的是“25”"),
    "a comma that cuts a quotation": ('quote: "不能按期组织或申请验收的,应当', 'quote: «不能按期组织或申请验收的,应当', "apply-for-acceptance", "这里不能写“应当"),
    "an unknown event": ("done_by: [acceptance_applied]", f"{HERE}done_by: [acceptance_aplied]", "apply-for-acceptance", "没有“acceptance_aplied”这个节点"),
    "an unknown event as the start": ("from: construction_completed", f"{HERE}from: construction_done", "apply-for-acceptance", "没有“construction_done”这个节点"),
    "an unknown event in a condition": ("needs: {happened: archive_accepted}", f"{HERE}needs: {{happened: archived}}", "archives-before-acceptance", "没有“archived”这个节点"),
    "an unknown fact": ("when: {project.cannot_share: true}", f"{HERE}when: {{project.can_share: true}}", "cannot-share-needs-government", "没有“project.can_share”这个事实"),
    "an unknown fact in a percentage": ("{percent: 15, of: project.approved_estimate}", f"{{percent: 15, of: {HERE}project.estimate}}", "adjustment-limit", "没有“project.estimate”这个事实"),
    "an operator that there is not": ("{at_least: 5000000}", f"{HERE}{{atleast: 5000000}}", "apply-for-acceptance", "这里不能写“atleast”"),
    "a yes that is a word": ("when: {project.cannot_share: true}", f"{HERE}when: {{project.cannot_share: yes}}", "cannot-share-needs-government", "“project.cannot_share”的比较与它的类型不合"),
    "an unknown authority": ("submit_to: [data_bureau]", f"{HERE}submit_to: [data_office]", "annual-list", "没有“data_office”这个部门"),
    "an unknown authority of a row": ("by: [data_bureau]", f"{HERE}by: [data_office]", "list-or-file", "没有“data_office”这个部门"),
    "an unknown holder": ("owed_by: [unit]", f"{HERE}owed_by: [units]", "report-sector-plan", "没有“units”这个承办主体"),
    "an unknown phase": ("while: operation", f"{HERE}while: operating", "security-evaluation", "没有“operating”这个阶段"),
    "an unknown setting": ("every: {months: {setting: security_evaluation_interval}}", f"{HERE}every: {{months: {{setting: interval}}}}", "security-evaluation", "没有“interval”这个设置"),
    "a setting whose value does not fit": ("value: null\n    note", f"{HERE}value: half-yearly\n    note", "security-evaluation", "“months”写的是“half-yearly”"),
    "a day where words belong": ("materials: [政务信息化项目清单]", f"{HERE}materials: [2026-01-01]", "annual-list", "不合要求"),
    "an unknown reading": ("to: {reading: construction_ends}", f"{HERE}to: {{reading: building_ends}}", "phases.construction.to.reading", "没有“building_ends”这个读法"),
    "an unknown event in the option that is not chosen": ("value: [construction_completed, terminated]", f"{HERE}value: [construction_done, terminated]", "phases.construction.to.1", "没有“construction_done”这个节点"),
    "a choice that is no option": ("chosen: acceptance", f"{HERE}chosen: handover", "readings.construction_ends.chosen", "chosen 不是读法“construction_ends”所列的选项"),
    "two options of one id": ("{id: completion,", f"{HERE}{{id: acceptance,", "readings.construction_ends.options.2.id", "选项“acceptance”写了两次"),
    "a reading that leads to itself": ("  construction_ends:\n    article", f"  {HERE}construction_ends:\n    article", "readings.construction_ends", "绕回了它自己"),
    "an unknown form": ("form: acceptance-application", f"{HERE}form: acceptance-aplication", "apply-for-acceptance", "没有“acceptance-aplication”这个表单"),
    "pieces that forms share, taken for a form": ("form: acceptance-application", f"{HERE}form: common", "apply-for-acceptance", "没有“common”这个表单"),
    "two rules of one id": ("id: organise-acceptance", f"{HERE}id: apply-for-acceptance", "apply-for-acceptance", "规则“apply-for-acceptance”写了两次"),
    "a start from the due date of no rule": ("from: construction_completed", f"from: {HERE}{{due_of: nothing}}", "apply-for-acceptance", "没有“nothing”这个规则"),
    "a start from the due date of a later rule": ("from: construction_completed", f"from: {HERE}{{due_of: organise-acceptance}}", "apply-for-acceptance", "规则“organise-acceptance”写在后面"),
    "a start from the due date of a rule without one": ("from: construction_completed", f"from: {HERE}{{due_of: list-or-file}}", "apply-for-acceptance", "规则“list-or-file”是 band，没有期限"),
    "rows that overlap at their edge": ("{below: 500000}", f"{HERE}{{at_most: 500000}}", "list-or-file", "总投资恰为500000元时第1档和第2档同时适用"),
    "a gap at an edge": ("when: {project.total_investment: {at_least: 500000}}\n        outcome", f"{HERE}when: {{project.total_investment: {{above: 500000}}}}\n        outcome", "list-or-file", "总投资恰为500000元时没有一档适用"),
    "a gap between rows": ("when: {project.total_investment: {at_least: 500000}}\n        outcome", f"{HERE}when: {{project.total_investment: {{at_least: 600000}}}}\n        outcome", "list-or-file", "总投资在500000至599999.99元时没有一档适用"),
    "a row that ends where others should begin": ("when: {project.total_investment: {at_least: 500000}}\n        outcome", f"{HERE}when: {{project.total_investment: {{at_least: 500000, below: 900000}}}}\n        outcome", "list-or-file", "元时没有一档适用"),
    "rows that overlap by a percentage": ("{milestone.amount: {above: {percent: 15,", f"{HERE}{{milestone.amount: {{above: {{percent: 14,", "adjustment-limit", "同时适用"),
    "a key that stands twice": ("    kind: at_most\n", f"    kind: at_most\n    {HERE}kind: at_most\n", "", "“kind”写了两次"),
    "a member taken over from elsewhere": ("    kind: at_most\n", f"    {HERE}<<: {{kind: at_most}}\n", "", "请不要用“<<”"),
    "what is not YAML": ("phases:\n", f"phases: {{\n  construction:\n{HERE}", "", "不是合格的 YAML"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_lint_finds(damage):
    old, new, where, words = DAMAGES[damage]
    if damage == "a reading that leads to itself":
        text, line = damaged(old, new)
        text = text.replace("value: [construction_completed, terminated]", "value: {reading: construction_ends}")
    elif new:
        text, line = damaged(old, new)
    else:  # what is left out is told where its rule begins
        anchor = f"- id: {where}"
        cut = YUNYANG.index(anchor)
        assert old in YUNYANG[cut:]
        text, line = YUNYANG[:cut] + YUNYANG[cut:].replace(old, "", 1), YUNYANG[:cut].count("\n") + 1
    found = [fault for fault in mended(lint(text)) if words in fault.zh]
    assert [(fault.line, fault.where) for fault in found] == [(line, where)], [(f.line, f.where, f.zh) for f in lint(text)]
    assert found[0].en and found[0].remedy


def test_every_fault_is_found_in_one_pass():
    text = YUNYANG.replace("[acceptance_applied]", "[acceptance_aplied]").replace("{below: 500000}", "{at_most: 500000}")
    told = {fault.where for fault in mended(lint(text.replace("while: operation", "while: operating")))}
    assert told == {"apply-for-acceptance", "list-or-file", "security-evaluation"}


def test_a_name_that_is_nearly_right_is_offered():
    [fault] = mended(lint(YUNYANG.replace("[acceptance_applied]", "[acceptance_aplied]")))
    assert fault.remedy.startswith("是不是 acceptance_applied？")


def test_a_setting_without_a_value_is_a_note():
    [note] = lint(YUNYANG)
    assert (note.is_note, note.where) == (True, "settings.security_evaluation_interval")
    assert "security-evaluation" in note.zh


@pytest.mark.parametrize(("on", "told"), [(date(2027, 11, 21), []), (date(2027, 11, 22), ["review_by"])], ids=str)
def test_a_review_is_overdue_after_its_last_day(on, told):
    assert [fault.where for fault in mended(lint(YUNYANG, on=on))] == told


def test_what_is_no_mapping_is_told():
    assert [fault.line for fault in lint("- id: x\n")] == [1]


# Quotations, against a text of our own

QUOTES = {
    "word for word": ("2", "每年9月底前，报送清单", None),
    "other widths and line breaks": ("2", "每年9月底前,报送清单。总投资在500万元(含)以上的", None),
    "parts in order": ("2", "项目建设单位…申请竣工验收", None),
    "in the prelude": (PRELUDE, "印发办法", None),
    "in an attachment": ("附件1", "申报表", None),
    "the second article of its number": ("2", "本办法自公布之日起施行", "这句话不在第2条，而在第2条（第2处）"),
    "another article": ("1", "不予安排经费", "这句话不在第1条，而在第3条"),
    "a changed word": ("2", "每年9月底前,报送名单", "“年9月底前,报送”之后原文是“清单。总投资在500万元”，这里写的是“名单”"),
    "parts out of order": ("2", "申请竣工验收…报送清单", "“报送清单”在第2条中排在前一段引文之前"),
    "words that are nowhere": ("3", "县长", "第3条中没有“县长”"),
    "an article that is not there": ("9", "不予安排经费", "原文没有第9条"),
}


@pytest.mark.parametrize("quotation", QUOTES)
def test_a_quotation_is_compared_with_its_article(quotation):
    article, quote, told = QUOTES[quotation]
    text, line = damaged(
        "untranslatable:\n",
        f'untranslatable:\n  {HERE}- {{article: "{article}", excerpt: "{quote}", reason: {{zh: 试, en: trial}}}}\n',
    )
    found = [fault for fault in lint(text, regulation=TEXT) if fault.where.startswith("untranslatable.1.")]
    assert [fault.line for fault in found] == ([line] if told else [])
    assert not told or told in found[0].zh


def test_the_second_article_of_a_number_is_named_by_its_occurrence():
    text, _ = damaged(
        "untranslatable:\n",
        f'untranslatable:\n  {HERE}- {{article: "2", occurrence: 2, excerpt: 自公布之日起施行, reason: {{zh: 试, en: trial}}}}\n',
    )
    assert not [fault for fault in lint(text, regulation=TEXT) if fault.where.startswith("untranslatable.1.")]


def test_articles_are_split_at_line_starts_and_page_numbers_vanish():
    found = articles(TEXT)
    assert [(article.number, article.occurrence) for article in found] == [
        (PRELUDE, 1), ("1", 1), ("2", 1), ("3", 1), ("2", 2), ("附件1", 1)]  # fmt: skip
    assert (
        normalised(found[2].text)
        == "项目建设单位应当在每年9月底前,报送清单。总投资在500万元(含)以上的,建成后半年内申请竣工验收。"
    )


def test_a_sentence_about_an_article_opens_none():
    assert [article.number for article in articles("第一条 依照\n第九条第二款执行。\n第一百零二条 其他")] == [
        PRELUDE,
        "1",
        "102",
    ]


def test_where_a_quotation_leaves_the_text_is_found():
    gone = astray("应当报送…清单即可", "应当报送年度清单。")
    assert (gone.part, gone.agrees, gone.instead, gone.earlier) == ("清单即可", 2, "。", False)


# Bands


def test_rows_on_different_facts_may_both_hold():
    assert not flaws(
        rows({"project.total": {"below": 5}, "project.a": True}, {"project.total": {"below": 5}, "project.b": True}),
        [False, False],
    )


def test_rows_told_apart_by_another_fact_do_not_overlap():
    assert not flaws(
        rows({"project.total": {"below": 5}, "project.a": True}, {"project.total": {"below": 9}, "project.a": False}),
        [False, False],
    )


def test_a_row_within_another_overlaps_from_its_first_fen_to_its_last():
    [flaw] = flaws(rows({"project.total": {"above": 0}}, {"project.total": {"at_least": 5, "below": 9}}), [False, False])
    assert (flaw.rows, flaw.low, flaw.high, flaw.is_gap) == ((0, 1), 500, 899, False)


def test_limits_may_leave_the_small_amounts_alone_but_routes_may_not():
    listed = rows({"project.total": {"at_least": 5, "below": 9}}, {"project.total": {"at_least": 9}})
    assert not flaws(listed, [False, True])
    [gap] = flaws(listed, [True, True])
    assert (gap.rows, gap.high, gap.is_gap) == ((0,), 499, True)


def test_amounts_outside_the_scope_need_no_row():
    listed = rows({"project.total": {"at_least": 5, "below": 9}}, {"project.total": {"at_least": 9}})
    assert not flaws(listed, [True, True], rows({"project.total": {"at_least": 5}}))


# The rulebooks themselves


def test_the_schema_is_a_schema_and_says_in_chinese_what_to_write():
    schema = json.loads((ROOT / "schemas" / "rulebook.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)

    def silent(node, path):
        if isinstance(node, dict):
            for name, field in node.get("properties", {}).items():
                said = "description" in field or "description" in schema["$defs"].get(
                    field.get("$ref", "").rpartition("/")[2], {}
                )
                # A condition under which something else holds describes nothing.
                if not said and path[-1:] not in (("if",), ("then",)):
                    yield (*path, name)
            for key, inner in node.items():
                yield from silent(inner, (*path, key))
        elif isinstance(node, list):
            for place, inner in enumerate(node):
                yield from silent(inner, (*path, place))

    assert not list(silent(schema, ()))


@pytest.mark.parametrize(
    "name", BOOKS, ids=lambda name: f"{name}-{'with-its-text' if REGULATIONS.is_dir() else 'shape-only-for-want-of-the-text'}"
)
def test_the_rulebook_is_clean(name):
    text = regulation(name) if REGULATIONS.is_dir() else None
    assert not mended(lint(book(name), regulation=text, on=BEFORE_REVIEW))


COUNTS = {"bazhong": 38, "chongqing": 38, "dazhou": 66, "fangchenggang": 37, "yunyang": 37}


@pytest.mark.skipif(not REGULATIONS.is_dir(), reason="the regulations' texts are not beside this checkout")
@pytest.mark.parametrize("name", COUNTS)
def test_the_articles_of_the_text_are_all_found(name):
    found = articles(regulation(name))
    assert found[0].number == PRELUDE
    assert len([article for article in found if article.number.isdecimal()]) == COUNTS[name]


@pytest.mark.skipif(not REGULATIONS.is_dir(), reason="the regulations' texts are not beside this checkout")
def test_chongqing_numbers_an_article_twice_and_yunyang_attaches_two_tables():
    assert [article.occurrence for article in articles(regulation("chongqing")) if article.number == "36"] == [1, 2]
    assert [article.number for article in articles(regulation("yunyang"))][-3:] == ["附件", "附件1", "附件2"]


ENDLESS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))


@pytest.mark.parametrize(
    "text",
    [ENDLESS, "a: &a [*a]", "a: " + "[" * 5000 + "]" * 5000],
    ids=["anchors of anchors", "a list that holds itself", "deep"],
)
def test_a_few_letters_that_would_be_endless_are_refused_at_once(text):
    assert [fault.where for fault in lint(text)] == [""]
    with pytest.raises(InvalidRulebook):
        loaders.parse_yaml(text)


def test_a_day_that_there_is_not_is_a_fault_like_others():
    assert [fault.zh for fault in lint("valid_from: 2026-02-30")] == ["从这里起不是合格的 YAML，无法读取"]
