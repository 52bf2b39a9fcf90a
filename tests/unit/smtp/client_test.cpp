// The client against a server on loopback that says what the test wants.
#include "lib/smtp/client.hpp"

#include <catch2/catch.hpp>

#include "tests/support/asio_loop.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/smtp_server.hpp"

using namespace smtp_server;

namespace {

struct Lab {
    explicit Lab(Server::Answer answer, int detail = 0) : log(detail), server(loop.io, std::move(answer)) {
        settings.server = net::IpAddress::v4(0x7f000001);
        settings.port = server.port();
        settings.helo_name = "router";
        settings.from = "Ka <ka@ex.com>";
        settings.recipients = {"admin@ex.com", "My, Admin <a2@ex.com>"};
        settings.router_id = "RID";
        settings.timeout = Milliseconds(300);
        client.configure(settings);
    }
    AsioLoop loop;
    CapturedLog log;
    Server server;
    smtp::Settings settings;
    smtp::Client client{loop.io};

    std::string address() const { return "[127.0.0.1]:" + std::to_string(settings.port); }
    void send() {
        client.send({"subject", "body"});
        REQUIRE(loop.until([&] { return client.under_way() == 0; }));
    }
};

}  // namespace

TEST_CASE("a mail is sent with this dialogue") {
    Lab lab(friendly, 1);
    lab.send();
    const auto& heard = lab.server.heard;
    REQUIRE(heard.size() == 7);
    CHECK(heard[0] == "HELO router\r\n");
    CHECK(heard[1] == "MAIL FROM:<ka@ex.com>\r\n");
    CHECK(heard[2] == "RCPT TO:<admin@ex.com>\r\n");
    CHECK(heard[3] == "RCPT TO:<a2@ex.com>\r\n");
    CHECK(heard[4] == "DATA\r\n");
    CHECK(heard[5].starts_with("Date: "));
    CHECK(heard[5].ends_with("\r\n\r\nbody\r\n\r\n.\r\n"));
    CHECK(heard[6] == "QUIT\r\n");
    CHECK(lab.log.lines() == std::vector<std::string>{"Remote SMTP server " + lab.address() + " connected.",
                                                      "SMTP alert successfully sent."});
}

TEST_CASE("success is silent without -D") {
    Lab lab(friendly);
    lab.send();
    CHECK(lab.log.lines().empty());
}

TEST_CASE("one refused recipient loses the mail, politely") {
    Lab lab([](const std::string& line) { return line.starts_with("RCPT") ? "550 no\r\n" : friendly(line); });
    lab.send();
    CHECK(lab.server.heard.back() == "QUIT\r\n");
    CHECK(lab.server.heard.size() == 4);
    CHECK(lab.log.lines() == std::vector<std::string>{"Error processing RCPT cmd on SMTP server " +
                                                      lab.address() + ". SMTP status code = 550"});
}

TEST_CASE("a server that says nothing costs one time-out for the reply and one for the goodbye") {
    Lab lab([](const std::string& line) { return line == "connect" ? friendly(line) : kSilence; });
    lab.send();
    CHECK(lab.server.heard == std::vector<std::string>{"HELO router\r\n", "QUIT\r\n"});
    CHECK(lab.log.lines() ==
          std::vector<std::string>{"Timeout reading data to remote SMTP server " + lab.address() + "."});
}

TEST_CASE("a server that closes is reported") {
    Lab lab([](const std::string& line) { return line.starts_with("MAIL") ? kHangUp : friendly(line); });
    lab.send();
    CHECK(lab.log.lines() ==
          std::vector<std::string>{"Remote SMTP server " + lab.address() + " has closed the connection."});
}

TEST_CASE("rubbish ends the conversation") {
    Lab lab([](const std::string& line) {
        return line == "connect" ? std::string(100'000, 'x') : friendly(line);
    });
    lab.send();
    CHECK(lab.log.lines().at(0) ==
          "Error processing CONNECT cmd on SMTP server " + lab.address() + ". SMTP status code = 0");
}

TEST_CASE("an answer too many is not taken for the answer to the next command") {
    Lab lab(
        [](const std::string& line) {
            return line.starts_with("HELO") ? "250 a\r\n550 b\r\n" : friendly(line);
        },
        1);
    lab.send();
    CHECK(lab.log.has("SMTP alert successfully sent."));
}

TEST_CASE("a refused connection is reported in the reference's words") {
    Lab lab(friendly);
    lab.settings.port = 1;
    lab.client.configure(lab.settings);
    lab.send();
    REQUIRE(lab.log.lines().size() == 1);
    CHECK_THAT(lab.log.lines()[0], Catch::Matchers::Matches("smtp fd [0-9]+ returned write error"));
}

TEST_CASE("nothing is sent without a server or a recipient") {
    Lab lab(friendly);
    lab.settings.recipients.clear();
    lab.client.configure(lab.settings);
    lab.client.send({"s", "b"});
    CHECK(lab.client.under_way() == 0);
}

TEST_CASE("many mails at once all arrive, over a bounded number of connections") {
    Lab lab(friendly);
    lab.settings.timeout = Seconds(30);
    lab.client.configure(lab.settings);
    bool idle = false;
    for (int i = 0; i < 200; ++i) lab.client.send({"s", "b"});
    lab.client.when_idle([&] { idle = true; });
    REQUIRE(lab.loop.until([&] { return idle; }));
    CHECK(lab.server.connections == 200);
    CHECK(std::ranges::count(lab.server.heard, "QUIT\r\n") == 200);
    CHECK(lab.log.lines().empty());
}

TEST_CASE("destroying the client ends its connections") {
    AsioLoop loop;
    Server server(loop.io,
                  [](const std::string& line) { return line == "connect" ? friendly(line) : kSilence; });
    {
        smtp::Client client(loop.io);
        smtp::Settings settings;
        settings.server = net::IpAddress::v4(0x7f000001);
        settings.port = server.port();
        settings.from = settings.helo_name = "a@b";
        settings.recipients = {"c@d"};
        client.configure(settings);
        client.send({"s", "b"});
        REQUIRE(loop.until([&] { return server.heard.size() == 1; }));
    }
    CHECK(loop.until([&] { return server.closed == 1; }));
}
