// Load balancing: one file with every mistake, and what keepalived 2.4.3 says about it (conf-lvs.md §9).
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "golden_problems.hpp"
#include "reading.hpp"

namespace {

// clang-format off
const char kLvsText[] = R"conf(global_defs {
 router_id R
 script_user root
}
SSL {
 password
}
SSL {
 ca /x
}
virtual_server_group E {
}
virtual_server_group M {
 10.0.0.1 80
 2001:db8::1 80
 fwmark 4
}
virtual_server_group B {
 10.0.0.5-2 80
 10.0.0.5-300 80
 10.0.0.5/24 80
 10.0.0.5/40 80
 10.0.0.9-10.0.0.3 80
 fwmark x
 fwmark 3 inet7
 10.0.0.20-25x 80
 10.0.0.30 99999
}
virtual_server group NOPE {
 lvs_sched rr
 lvs_method NAT
 protocol TCP
 real_server 192.168.1.1 80 {
 }
}
virtual_server 10.0.0.0.1 80 {
 lvs_sched rr
 real_server 192.168.1.1 80 {
 }
}
virtual_server fwmark abc {
 lvs_sched rr
 real_server 192.168.1.1 80 {
 }
}
virtual_server 10.0.0.1 80 {
 lvs_sched rr
 lvs_method NAT
 protocol SCTPX
 ip_family inet6
 ip_family foo
 smtp_alert maybe
 virtualhost
 snmp_name a b
 sorry_server_inhibit
 sorry_server_lvs_method NAT
 sorry_server 1.2.3 80
 persistence_granularity 255.255.x
 persistence_engine abcdefghijklmnopqrstuvwxyz
 real_server 192.168.1.1 80 {
  inhibit_on_failure x
  alpha 1
  smtp_alert 2
  virtualhost
  snmp_name
  delay_loop 0
  connect_timeout 99999
  notify_up "/bin/true a"
  notify_up "/bin/true b"
  TCP_CHECK {
   connect_ip 1.2.3
   connect_port 0
   bindto fd00::1
   bind_port 70000
   bind_if abcdefghijklmnopqrs
   connect_timeout 0
   fwmark -3
   retry -1
   delay_before_retry x
   warmup 1.23456789
   delay_loop 0
   alpha q
   log_all_failures q
   nosuchkeyword 1
  }
  HTTP_GET {
   nb_get_retry 2
   http_protocol 2
   enable_sni q
   fast_recovery q
   url {
    digest 1234
    status_code 99 200-100 600 abc 204
   }
   url {
    path /
    regex_options caseless bogus
    digest zz000000000000000000000000000000
    digest 00000000000000000000000000000000
    digest 00000000000000000000000000000000
   }
   url {
    path /r
    regex "a(b"
   }
   url {
    path /r
    regex "ab"
    regex_min_offset 10
    regex_max_offset 5
   }
  }
  HTTP_GET {
  }
  SSL_GET {
   tls_compliant q
   sni_name
   url {
    path /
    tls_compliant
   }
  }
  SMTP_CHECK {
   helo_name
   helo_name a
   helo_name b
   host {
    connect_ip 1.2.3.4
   }
   host {
    connect_port 26
   }
  }
  DNS_CHECK {
   type BOGUS
   name a..b
   name .a
   name ok.example
   name again.example
  }
  MISC_CHECK {
  }
  MISC_CHECK {
   misc_path "/bin/true"
   misc_timeout 1.5
   user nosuchuser
  }
  BFD_CHECK {
   name nope
  }
  BFD_CHECK {
  }
  UDP_CHECK {
   payload
   payload zz
   require_reply 1g
   min_reply_length 70000
   max_reply_length 10
   min_reply_length 20
  }
  FILE_CHECK {
   track_file nope
  }
  FILE_CHECK {
   weight 5
  }
  PING_CHECK {
   connect_ip fe80::1
  }
 }
}
virtual_server 10.0.0.9 80 {
 lvs_sched rr
 lvs_method NAT
 protocol TCP
}
)conf";

const golden::Expected kLvsExpected[] = {
    {6, "SSL password missing"},
    {8, "SSL context already specified - replacing"},
    {12, "virtual server group E has no entries - removing"},
    {17, "virtual server group M cannot have IPv4, IPv6 and fwmark without family - removing"},
    {19, "Address range end is not greater than address range start - 10.0.0.5-2 - skipping"},
    {20, "Virtual server group range '10.0.0.5-300' end '300' too large"},
    {21, "Address mask bits not empty - 10.0.0.5/24 - skipping"},
    {22, "Invalid netmask - 10.0.0.5/40 - skipping"},
    {23, "Address range end is less than address range start - 10.0.0.9-10.0.0.3 - skipping"},
    {24, "invalid number 'x'"},
    {24, "(B): fwmark 'x' must be in [0, 4294967295] - ignoring"},
    {25, "(B): fwmark '3' family inet7 unknown - ignoring"},
    {26, "Virtual server group range '10.0.0.20-25x' has extra characters at end 'x'"},
    {27, "number '99999' outside range [1, 65535]"},
    {27, "Invalid virtual server group IP address 10.0.0.30 /port/99999 - skipping"},
    {28, "virtual server group B has no entries - removing"},
    {36, "Invalid virtual server IP address/port 10.0.0.0.1/80 - skipping"},
    {41, "invalid number 'abc'"},
    {41, "virtual server fwmark 'abc' must be in [0, 4294967295] - ignoring"},
    {49, "Unknown protocol SCTPX - ignoring"},
    {50, "Virtual server specified family inet6 conflicts with server family"},
    {51, "unknown address family foo"},
    {52, "Invalid virtual_server smtp_alert parameter maybe"},
    {53, "virtual server virtualhost missing"},
    {54, "virtual server snmp_name missing or extra parameters"},
    {55, "Ignoring sorry_server inhibit used before or without sorry_server"},
    {56, "sorry_server forwarding used without sorry_server"},
    {57, "Invalid sorry server IP address 1.2.3 - skipping"},
    {58, "Invalid IPv4 persistence_granularity specified - 255.255.x"},
    {59, "persistence_name too long, truncating - abcdefghijklmnopqrstuvwxyz"},
    {61, "Invalid inhibit_on_failure parameter x"},
    {62, "Invalid alpha parameter 1"},
    {63, "Invalid real_server smtp_alert parameter 2"},
    {64, "real server virtualhost missing"},
    {65, "real server snmp_name missing or extra parameters"},
    {66, "number '0' outside range [0.000001, 18446744073709.551614]"},
    {66, "real server delay_loop '0' invalid - ignoring"},
    {67, "number '99999' outside range [0.000001, 4294.967295]"},
    {67, "real server connect_timeout 99999 invalid - ignoring"},
    {69, "([10.0.0.1]:none:80) notify_up script already specified - ignoring /bin/true b"},
    {71, "Invalid connect_ip address 1.2.3 - ignoring"},
    {72, "number '0' outside range [1, 65535]"},
    {72, "Invalid checker connect_port '0'"},
    {74, "number '70000' outside range [1, 65535]"},
    {74, "Invalid checker bind_port '70000'"},
    {75, "Interface name abcdefghijklmnopqrs is too long - ignoring"},
    {76, "number '0' outside range [0.000001, 4294.967295]"},
    {76, "connect_timeout 0 invalid - ignoring"},
    {77, "negative number '-3'"},
    {77, "Invalid fwmark connection value '-3'"},
    {78, "negative number '-1'"},
    {78, "Invalid retry connection value '-1'"},
    {79, "invalid number 'x'"},
    {80, "number '1.23456789' has too many decimal places"},
    {81, "number '0' outside range [0.000001, 18446744073709.551614]"},
    {81, "delay_loop '0' is invalid - ignoring"},
    {82, "Invalid alpha parameter q"},
    {83, "Invalid log_all_failures parameter q"},
    {84, "Unknown keyword 'nosuchkeyword'"},
    {87, "nb_get_retry is deprecated - please use 'retry'"},
    {88, "Invalid http_protocol version 2"},
    {89, "Invalid enable_sni parameter q"},
    {90, "Invalid fast_recovery parameter q"},
    {92, "digest '1234' character length should be 32 rather than 4"},
    {93, "Invalid HTTP_GET status code '99'"},
    {93, "Invalid HTTP_GET status code '200-100'"},
    {93, "Invalid HTTP_GET status code '600'"},
    {93, "Invalid HTTP_GET status code 'abc'"},
    {94, "HTTP/SSL_GET checker url has no path - ignoring"},
    {98, "Unable to interpret hex digit in 'zz' at offset 0/1"},
    {100, "Digest '00000000000000000000000000000000' is a duplicate"},
    {114, "HTTP/SSL_GET checker has no urls specified - ignoring"},
    {116, "Invalid tls_compliant option q"},
    {124, "SMTP_CHECK helo name missing"},
    {126, "SMTP_CHECK helo name already specified"},
    {135, "Unknown DNS check type BOGUS - ignoring"},
    {136, "DNS_CHECK name 'a..b' has empty label - ignoring"},
    {137, "DNS_CHECK name '.a' has empty label - ignoring"},
    {139, "DNS_CHECK name already specified - ignoring"},
    {142, "No script path has been specified for MISC_CHECKER - skipping"},
    {145, "invalid number '1.5'"},
    {145, "Invalid misc_timeout value '1.5'"},
    {146, "Failed to set uid/gid for misc checker script '/bin/true' - removing"},
    {149, "([192.168.1.1]:none:80) BFD_CHECK - BFD nope not configured"},
    {152, "([192.168.1.1]:none:80) No name has been specified for BFD_CHECKER - skipping"},
    {154, "UDP_CHECK payload requires a payload"},
    {155, "Invalid hex string for UDP_CHECK payload"},
    {156, "Invalid hex string for UDP_CHECK reply"},
    {157, "number '70000' outside range [0, 65535]"},
    {157, "UDP_CHECK min length 70000 not valid - must be between 0 & 65535"},
    {160, "UDP_CHECK min_reply length 20 > max_reply_length 10 - will always fail"},
    {162, "track_file nope not found"},
    {163, "FILE_CHECK has no track_file specified - ignoring"},
    {166, "FILE_CHECK has no track_file specified - ignoring"},
    {169, "Checker link local address fe80::1 requires a bind_if"},
    {176, "Virtual server [10.0.0.9]:tcp:80 has no real servers - ignoring"},
    {0, "Virtual server [10.0.0.1]:none:80: no protocol set - defaulting to UDP"},
    {0, "SECURITY VIOLATION - check scripts are being executed but script_security not enabled."},
};
// clang-format on

}  // namespace

TEST_CASE("every mistake in a load-balancing configuration is reported in the words of the reference") {
    const auto outcome = reading::read(kLvsText);
    golden::check_problems(outcome, kLvsExpected);
    CHECK(outcome.exit() == 6);
}

TEST_CASE("virtual servers are judged in the order of the file, wherever their group stands") {
    constexpr std::string_view kServer =
        " {\n lvs_sched rr\n lvs_method NAT\n real_server 10.9.0.1 80 {\n }\n}\n";
    std::string text;
    for (const auto* head : {"10.0.0.1 80", "group LATER", "10.0.0.2 80", "group LATER", "10.0.0.3 80"})
        text += "virtual_server " + std::string(head) + std::string(kServer);
    text += "virtual_server_group LATER {\n 10.0.1.1 80\n}\n";
    const auto outcome = reading::read(text);
    std::vector<std::string> judged;
    for (const auto& problem : outcome.problems) {
        const auto at = problem.find("Virtual server ");
        REQUIRE(at != std::string::npos);
        judged.push_back(problem.substr(at + 15, problem.find(": no protocol") - at - 15));
    }
    CHECK(judged == std::vector<std::string>{"[10.0.0.1]:none:80", "[LATER]:0", "[10.0.0.2]:none:80",
                                             "[LATER]:1", "[10.0.0.3]:none:80"});
    CHECK(outcome.model().lvs.virtual_servers.size() == 5);
}

TEST_CASE("only a good granularity fixes the family of a firewall mark's service") {
    const auto with = [](const std::string& granularity) {
        return reading::read(
            "virtual_server fwmark 2 {\n lvs_sched rr\n lvs_method NAT\n persistence_granularity " +
            granularity + "\n real_server 10.9.0.1 80 {\n }\n}\n");
    };
    CHECK(with("64").says("Address family of virtual server and real server 10.9.0.1 don't match"));
    for (const auto* bad : {"abc", "200", "255.255.x"}) {
        INFO(bad);
        const auto outcome = with(bad);
        REQUIRE(outcome.model().lvs.virtual_servers.size() == 1);
        CHECK(outcome.model().lvs.virtual_servers[0].real_servers.size() == 1);
    }
}

TEST_CASE("thousands of virtual servers in error are counted once each") {
    std::string text;
    constexpr std::size_t kBeyond = 500;
    for (std::size_t number = 0; number < conf::kMaxDiagnostics + kBeyond; ++number)
        text += "virtual_server 10.1." + std::to_string(number / 250) + "." + std::to_string(number % 250) +
                " 80 {\n lvs_sched rr\n lvs_method NAT\n real_server 10.9.0.1 80 {\n }\n}\n";
    const auto outcome = reading::read(text);
    CHECK(outcome.generation.diagnostics.list.size() == conf::kMaxDiagnostics);
    CHECK(outcome.generation.diagnostics.omitted == kBeyond);
    CHECK(outcome.exit() == 5);
}

TEST_CASE("a real server and its checker stay small, as there are tens of thousands of them") {
    CHECK(sizeof(conf::RealServer) <= 200);
    CHECK(sizeof(conf::Checker) <= 200);
}
