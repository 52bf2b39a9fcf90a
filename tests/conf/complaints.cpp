#include "complaints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

namespace conf_test {

namespace {

bool has_line(const std::vector<Complaint>& list, unsigned line) {
    return std::any_of(list.begin(), list.end(), [&](const Complaint& c) { return c.line == line; });
}

bool has_text(const std::vector<Complaint>& list, const std::string& text) {
    return std::any_of(list.begin(), list.end(), [&](const Complaint& c) { return c.text == text; });
}

bool is_summed_up(const std::vector<Complaint>& list, const std::string& text) {
    return std::any_of(list.begin(), list.end(),
                       [&](const Complaint& c) { return c.text == text && c.stands_for_more; });
}

}  // namespace

Complaint complaint_of(const std::string& message) {
    static const std::regex positioned(R"(^\((?:[^)]*: )?Line (\d+)\) ([^]*)$)");
    std::smatch found;
    if (!std::regex_match(message, found, positioned)) return {0, message};
    return {static_cast<unsigned>(std::stoul(found[1])), found[2]};
}

std::vector<Complaint> complaints_of(const conf::Diagnostics& diagnostics) {
    std::vector<Complaint> list;
    for (const auto& diagnostic : diagnostics.list) {
        if (diagnostic.severity == conf::Class::note) continue;
        list.push_back({diagnostic.where.line, diagnostic.text, !diagnostic.log_only, diagnostic.alike > 0});
    }
    return list;
}

Agreement compare(const std::vector<Complaint>& reference, const std::vector<Complaint>& ours, bool cut) {
    Agreement agreement;
    for (const auto& said : reference) {
        const bool heard = said.line != 0 ? has_line(ours, said.line) || is_summed_up(ours, said.text)
                                          : has_text(ours, said.text);
        if (!heard) {
            agreement.silent.push_back(said);
        } else if (!has_text(ours, said.text)) {
            agreement.worded.push_back(fmt::format("{}: {}", said.line, said.text));
        }
    }
    if (cut) return agreement;
    for (const auto& said : ours) {
        // What the reference finds after reading has no line there, and one here.
        const bool known =
            has_text(reference, said.text) || (said.line != 0 && has_line(reference, said.line));
        if (said.counts && !known) agreement.alone.push_back(said);
    }
    return agreement;
}

}  // namespace conf_test
