#include "lib/smtp/message.hpp"

#include <catch2/catch.hpp>

using namespace smtp;

namespace {

Settings settings() {
    Settings s;
    s.from = "Ka <ka@ex.com>";
    s.recipients = {"admin@ex.com", "My, Admin <a2@ex.com>", "a3@ex.com"};
    s.router_id = "RID";
    return s;
}

std::tm friday() {
    std::tm time{};
    time.tm_year = 126;
    time.tm_mon = 10;
    time.tm_mday = 20;
    time.tm_wday = 5;
    time.tm_hour = 17;
    time.tm_min = 53;
    time.tm_sec = 40;
    return time;
}

}  // namespace

TEST_CASE("an alert has these bytes") {
    const Mail mail{"VRRP Instance V - Entering BACKUP state",
                    "=> VRRP Instance is no longer owning VRRP VIPs <="};
    CHECK(message_bytes(settings(), mail, friday()) ==
          "Date: Fri, 20 Nov 2026 17:53:40 +0000\r\n"
          "From: Ka <ka@ex.com>\r\n"
          "Subject: [RID] VRRP Instance V - Entering BACKUP state\r\n"
          "X-Mailer: Keepalived\r\n"
          "To: admin@ex.com,\r\n"
          " \"My, Admin\" <a2@ex.com>,\r\n"
          " a3@ex.com\r\n"
          "\r\n"
          "=> VRRP Instance is no longer owning VRRP VIPs <=\r\n"
          "\r\n"
          ".\r\n");
}

TEST_CASE("the envelope has the part from the last bracket") {
    CHECK(envelope_address("a@b") == "<a@b>");
    CHECK(envelope_address("Name <a@b>") == "<a@b>");
    CHECK(envelope_address("\"<x>\" <a@b>") == "<a@b>");
    CHECK(envelope_address("<a@b>") == "<a@b>");
    CHECK(envelope_address("odd>") == "<odd>>");
    CHECK(envelope_address("a@b\r\nRCPT TO:<c@d>") == "<c@d>");
    CHECK(envelope_address("a@b\r\nQUIT").find('\n') == std::string::npos);
}

TEST_CASE("a display name with specials is quoted in headers") {
    const std::pair<const char*, const char*> cases[]{
        {"a@b", "a@b"},
        {"Ka <a@b>", "Ka <a@b>"},
        {"My, Admin <a@b>", "\"My, Admin\" <a@b>"},
        {"J. \"R\" <a@b>", "\"J. \\\"R\\\"\" <a@b>"},
        {"\"J. R\" <a@b>", "\"J. R\" <a@b>"},
        {"a\\b <a@b>", "\"a\\\\b\" <a@b>"},
        {"<a@b>", "<a@b>"},
    };
    for (const auto& [configured, header] : cases) CHECK(header_address(configured) == header);
}

TEST_CASE("subject, body and message have their limits, and the mail always ends") {
    Settings many = settings();
    for (int i = 0; i < 100; ++i)
        many.recipients.push_back("somebody.with.a.long.name." + std::to_string(i) + "@example.com");
    const std::string text = message_bytes(many, {std::string(400, 's'), std::string(600, 'b')}, friday());
    CHECK(text.size() <= kLongestMessage);
    CHECK(text.ends_with("\r\n\r\n.\r\n"));
    const auto subject = text.find("Subject: ");
    CHECK(text.find("\r\n", subject) - subject - 9 == kLongestSubject);

    const std::string body_kept = message_bytes(many, {"s", std::string(600, 'b')}, friday());
    CHECK(std::count(body_kept.begin(), body_kept.end(), 'b') >= static_cast<long>(kLongestBody));
    CHECK(body_kept.find("To: admin@ex.com") != std::string::npos);
}

TEST_CASE("text cannot end the mail or add headers") {
    const std::string text = message_bytes(settings(), {"a\r\nBcc: x@y", "one\n.\ntwo"}, friday());
    CHECK(text.find("\r\nBcc") == std::string::npos);
    CHECK(text.find("one\r\n..\r\ntwo") != std::string::npos);
}
