"""The same small app, asked through the WSGI gateway and as Lambda would ask it, answers the same."""

import http.client
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import quote

import pytest
from chalice import Response

from chalicelib.web.gateway import MAX_BODY
from chalicelib.web.problems import STOCK, seal, stock

from .small_app import MULTIPART, PNG, Answer, by_lambda, by_wsgi, over_http, served, small_app


@pytest.fixture(params=[by_wsgi, by_lambda])
def ask(request):
    app = small_app()
    return lambda *args, **kwargs: request.param(app, *args, **kwargs)


class TestBothWays:
    def test_a_page_of_text_keeps_its_type_and_its_chinese(self, ask):
        answer = ask("GET", "/")
        assert (answer.status, answer.body.decode()) == (200, "<h1>督办</h1>")
        assert answer.headers["content-type"] == ["text/html; charset=utf-8"]

    @pytest.mark.parametrize("word", ["中", "a b", "100%", "a+b", "é@:~", "a;b=c"])
    def test_a_view_gets_the_words_of_an_encoded_path(self, ask, word):
        answer = ask("GET", f"/a/{quote(word)}", resource="/a/{word}", word=quote(word))
        assert answer.json == {"word": word}
        assert answer.headers["content-type"] == ["application/json"]

    def test_repeated_empty_and_encoded_query_values_all_arrive(self, ask):
        told = ask("GET", "/query?w=1&w=2&e=&n=%E4%B8%AD%26").json
        assert told == {"w": ["1", "2"], "e": [""], "n": ["中&"]}
        assert ask("GET", "/query").json == {}

    @pytest.mark.parametrize("accept", [{}, {"Accept": "text/html"}, {"Accept": "image/png"}])
    def test_a_binary_answer_is_whole_whatever_is_accepted(self, ask, accept):
        answer = ask("GET", "/image", headers=accept)
        assert (answer.status, answer.body) == (200, PNG)
        assert answer.headers["set-cookie"] == ["a=1", "b=2"]

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("application/octet-stream", PNG),
            ("multipart/form-data; boundary=b", MULTIPART),
            ("x/unheard-of", PNG),
            ("application/zip", bytes(MAX_BODY)),
            ("text/plain", "中".encode("gb18030")),
        ],
    )
    def test_a_body_arrives_and_returns_to_the_last_byte(self, ask, kind, body):
        answer = ask("POST", "/body", body=body, headers={"Content-Type": kind})
        assert answer.status == 200
        assert answer.body == body
        assert answer.headers["content-type"] == [kind]

    def test_json_is_read_and_written_in_utf_8_even_with_a_lone_surrogate(self, ask):
        kind = {"Content-Type": "application/json"}
        told = ask("POST", "/json", body='{"名": "云阳"}'.encode(), headers=kind)
        assert told.body.decode() == '{"got":{"名":"云阳"}}'
        assert ask("POST", "/json", body=b'"\\ud800"', headers=kind).json == {"got": "\ud800"}

    def test_no_content_is_no_content(self, ask):
        answer = ask("PUT", "/a/fixed")
        assert (answer.status, answer.body) == (204, b"")

    @pytest.mark.parametrize("broken", [b"", b"{", b"\xff\xfe"])
    def test_malformed_json_is_a_bad_request(self, ask, broken):
        kind = {"Content-Type": "application/json"}
        ask("POST", "/json", body=broken, headers=kind).says(400, "bad-request")

    def test_a_wrong_content_type_is_told_what_would_do(self, ask):
        told = ask("POST", "/json", body=b"<a/>", headers={"Content-Type": "text/xml"}).says(415, "unsupported-media-type")
        assert told["accepted"] == ["application/json"]
        assert "text/xml" in told["detail"]

    def test_a_wrong_method_is_told_which_would_do(self, ask):
        answer = ask("PATCH", "/json")
        assert "POST" in answer.says(405, "method-not-allowed")["allowed"]
        assert "POST" in answer.headers["allow"][0].split(", ")

    def test_an_unknown_address_is_not_found_and_names_itself(self, ask):
        told = ask("GET", "/nowhere/%E4%B8%AD").says(404, "not-found")
        assert told["instance"] == "/nowhere/%E4%B8%AD"

    @pytest.mark.parametrize(
        ("how", "status", "slug", "member", "words"),
        [
            ("missing", 404, "not-found", "detail", "没有这个项目"),
            ("english", 400, "bad-request", "detail_en", "no such unit"),
            ("nobody", 401, "unauthorized", "detail", "请先登录"),
            ("own", 422, "late", "detail", "超过了法定期限"),
        ],
    )
    def test_an_error_a_view_means_keeps_its_own_words(self, ask, how, status, slug, member, words):
        told = ask("GET", f"/fails/{how}", resource="/fails/{how}", how=how).says(status, slug)
        assert words in told[member]
        assert told["instance"] == f"/fails/{how}"

    def test_members_of_its_own_travel_with_a_problem(self, ask):
        assert ask("GET", "/fails/own", resource="/fails/{how}", how="own").json["errors"] == ["a", "b"]

    def test_an_error_from_middleware_is_a_problem_too(self, ask):
        told = ask("GET", "/", headers={"Authorization": "banned"}).says(403, "forbidden")
        assert told["detail"] == "您已被停用"

    @pytest.mark.parametrize(("path", "resource"), [("/fails/unexpected", "/fails/{how}"), ("/unspeakable", "/unspeakable")])
    def test_an_unexpected_error_is_logged_by_number_and_leaks_nothing(self, ask, caplog, path, resource):
        answer = ask("GET", path, resource=resource, how="unexpected")
        told = answer.says(500, "internal-error")
        assert told["request_id"] in told["detail"]
        assert b"secret" not in answer.body
        assert b"Traceback" not in answer.body
        lines = [r for r in caplog.records if getattr(r, "action", "") == "web.unexpected_error"]
        assert [line.request_id for line in lines] == [told["request_id"]]
        assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("way", [by_wsgi, by_lambda])
def test_debugging_shows_no_stack_trace_to_the_world(way):
    answer = way(small_app(debug=True), "GET", "/fails/unexpected", resource="/fails/{how}", how="unexpected")
    answer.says(500, "internal-error")
    assert b"RuntimeError" not in answer.body


@pytest.mark.parametrize("status", [*STOCK, 410, 502])
def test_every_stock_problem_is_told_in_both_languages(status):
    facts = {"method": "GET", "allowed": ["PUT"], "limit_bytes": 1, "content_type": "a", "accepted": ["b"]}
    told = seal(stock(status, request_id="r-1", **facts), "/项目")
    kind = {"content-type": [told.headers["Content-Type"]]}
    answer = Answer(status=told.status_code, headers=kind, body=told.body)
    slug = STOCK.get(status, STOCK[400 if status < 500 else 500]).slug
    assert answer.says(status, slug)["instance"] == "/%E9%A1%B9%E7%9B%AE"
    assert "{" not in answer.json["detail"] + answer.json["detail_en"]


def test_nothing_of_a_request_stays_behind():
    app = small_app()
    assert by_wsgi(app, "GET", "/whoami", headers={"Authorization": "me"}).json["app"] == "me"
    assert app.current_request is None
    assert app.lambda_context is None


class TestWhatApiGatewayDoesItself:
    def test_head_is_get_without_its_body(self):
        whole, head = (by_wsgi(small_app(), method, "/image") for method in ("GET", "HEAD"))
        assert (head.status, head.headers, head.body) == (200, whole.headers, b"")
        assert head.headers["content-length"] == [str(len(PNG))]

    def test_options_says_what_is_allowed(self):
        answer = by_wsgi(small_app(), "OPTIONS", "/image")
        assert (answer.status, answer.headers, answer.body) == (204, {"allow": ["GET, HEAD, OPTIONS"]}, b"")

    def test_a_trailing_slash_is_no_difference(self):
        assert by_wsgi(small_app(), "GET", "/a/%E4%B8%AD/").json == {"word": "中"}

    @pytest.mark.parametrize("path", ["/a", "/a/", "/a//", "/a/b/c", "/a//b", "/%E4%B8%AD"])
    def test_a_parameter_is_exactly_one_part_of_a_path(self, path):
        by_wsgi(small_app(), "GET", path).says(404, "not-found")

    def test_a_word_goes_before_a_parameter(self):
        answer = by_wsgi(small_app(), "GET", "/a/fixed")
        answer.says(405, "method-not-allowed")
        assert answer.headers["allow"] == ["OPTIONS, PUT"]

    def test_a_body_announced_too_large_is_refused_unread(self):
        stream = io.BytesIO(bytes(200))
        answer = by_wsgi(small_app(), "POST", "/body", limit=100, environ={"CONTENT_LENGTH": "101", "wsgi.input": stream})
        assert answer.says(413, "body-too-large")["limit_bytes"] == 100
        assert stream.tell() == 0

    @pytest.mark.parametrize("announced", ["", "10"])
    def test_a_body_without_end_is_read_no_further_than_the_limit(self, announced):
        stream = io.BytesIO(bytes(10_000))
        environ = {"CONTENT_LENGTH": announced, "wsgi.input": stream, "wsgi.input_terminated": True}
        if not announced:
            del environ["CONTENT_LENGTH"]
        by_wsgi(small_app(), "POST", "/body", limit=100, environ=environ).says(413, "body-too-large")
        assert stream.tell() == 101

    def test_only_the_announced_part_is_read_where_the_input_has_no_end(self):
        stream = io.BytesIO(b"mineNEXT REQUEST")
        answer = by_wsgi(small_app(), "POST", "/body", environ={"CONTENT_LENGTH": "4", "wsgi.input": stream})
        assert (answer.body, stream.tell()) == (b"mine", 4)

    def test_a_body_cut_short_is_not_taken_for_a_whole_one(self):
        told = by_wsgi(small_app(), "POST", "/body", body=b"half", environ={"CONTENT_LENGTH": "8"}).says(400, "bad-request")
        assert "8" in told["detail"]

    @pytest.mark.parametrize("header", ["中文", ["a\r\nSet-Cookie: b=1"]])
    def test_a_header_that_cannot_be_sent_is_a_problem_and_no_second_header(self, header):
        app = small_app()
        app.route("/odd", name="odd")(lambda: Response(body="", headers={"X-Odd": header}))
        answer = by_wsgi(app, "GET", "/odd")
        answer.says(500, "internal-error")
        assert "set-cookie" not in answer.headers


@pytest.fixture(scope="module")
def port():
    with served(small_app()) as number:
        yield number


@pytest.fixture
def connection(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as opened:
        yield opened


class TestBehindARealServer:
    def test_eight_identities_at_once_each_see_only_their_own(self, port):
        def strangers(number):
            own = f"Bearer {number}"
            expected = {"app": own, "blueprint": own, "same_context": True}
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                told = [over_http(connection, "GET", "/whoami", headers={"Authorization": own}).json for _ in range(500)]
            return len(told), sum(one != expected for one in told)

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(strangers, range(8))) == [(500, 0)] * 8

    def test_multipart_of_ten_megabytes_comes_back_whole(self, connection):
        body = MULTIPART + bytes(MAX_BODY - len(MULTIPART))
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        assert over_http(connection, "POST", "/body", body=body, headers=kind).body == body

    def test_one_byte_more_is_refused_announced_or_chunked(self, connection):
        over_http(connection, "POST", "/body", body=bytes(MAX_BODY + 1)).says(413, "body-too-large")
        chunks = iter([bytes(MAX_BODY), b"x"])
        over_http(connection, "POST", "/body", body=chunks, encode_chunked=True, headers={"Transfer-Encoding": "chunked"}).says(
            413, "body-too-large"
        )

    def test_a_chunked_body_arrives(self, connection):
        answer = over_http(
            connection, "POST", "/body", body=iter([b"ab", PNG]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
        )
        assert answer.body == b"ab" + PNG

    def test_the_connection_stays_usable_after_head_options_and_errors(self, connection):
        seen = [
            over_http(connection, method, path).status
            for method, path in [
                ("HEAD", "/image"),
                ("OPTIONS", "/image"),
                ("GET", "/nowhere"),
                ("DELETE", "/image"),
                ("GET", "/fails/unexpected"),
                ("PUT", "/a/fixed"),
                ("GET", "/a/%E4%B8%AD/"),
            ]
        ]
        assert seen == [200, 204, 404, 405, 500, 204, 200]
