// What the collected problems mean for -t and for a reload: conf-language.md §8.4, spec/README.md.
#include "conf/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace conf {

namespace {

bool counts(const Diagnostic& diagnostic) {
    return !diagnostic.log_only && diagnostic.severity != Class::note;
}

Class counted_class(const Diagnostic& diagnostic) {
    return counts(diagnostic) ? diagnostic.severity : Class::ok;
}

/// What is said, wherever it is.
std::string kind_of(const Diagnostic& diagnostic) {
    return static_cast<char>(static_cast<int>(diagnostic.severity)) + diagnostic.text;
}

bool is_unbalanced(Class severity) {
    return severity == Class::unexpected_close_brace || severity == Class::missing_close_brace ||
           severity == Class::unmatched_quote;
}

}  // namespace

void Diagnostics::fold_scratch() {
    overflow_.severity = std::max(overflow_.severity, counted_class(scratch_));
    overflow_.ends_reader |= scratch_.ends_reader;
    overflow_.include_check |= scratch_.include_check;
    overflow_.refuses_reload |=
        scratch_.refuses_reload || (counts(scratch_) && is_unbalanced(scratch_.severity));
    scratch_ = {};
}

Diagnostic& Diagnostics::add(Diagnostic diagnostic) {
    const auto further = diagnostic.alike;
    const auto known = kinds_.size() < kMaxDiagnostics ? kinds_.try_emplace(kind_of(diagnostic)).first
                                                       : kinds_.find(kind_of(diagnostic));
    const bool is_one_of_many = known != kinds_.end() && known->second.listed >= kMaxAlike;
    if (!is_one_of_many && list.size() < kMaxDiagnostics) {
        if (known != kinds_.end()) known->second = {known->second.listed + 1, list.size()};
        return list.emplace_back(std::move(diagnostic));
    }
    if (known != kinds_.end() && known->second.listed > 0 && known->second.last < list.size()) {
        auto& last = list[known->second.last];
        last.alike += 1 + further;
        last.last_alike = further > 0 ? diagnostic.last_alike : diagnostic.where;
    } else {
        omitted += 1 + further;
    }
    fold_scratch();
    return scratch_ = std::move(diagnostic);
}

void Diagnostics::take(Diagnostics& from, std::size_t begin, std::size_t end) {
    for (; begin < std::min(end, from.list.size()); ++begin) add(std::move(from.list[begin]));
}

void Diagnostics::take_omitted(const Diagnostics& from) {
    omitted += from.omitted;
    for (const auto* other : {&from.overflow_, &from.scratch_}) {
        fold_scratch();
        scratch_ = *other;
    }
}

template <typename Predicate>
bool Diagnostics::any(Predicate predicate) const {
    return std::any_of(list.begin(), list.end(), predicate) || predicate(scratch_) || predicate(overflow_);
}

Class Diagnostics::worst() const {
    Class worst = std::max(overflow_.severity, counted_class(scratch_));
    for (const auto& diagnostic : list) worst = std::max(worst, counted_class(diagnostic));
    return worst;
}

int Diagnostics::exit_status() const {
    const bool ends_half_way = any([](const Diagnostic& d) { return d.ends_reader; });
    // The reference enters the namespace when it has read the file, if it comes to that.
    if (namespace_unreachable) return ends_half_way ? 2 : 0;
    if (reference_status) return *reference_status;
    if (ends_half_way) return 2;
    if (any([](const Diagnostic& d) { return d.include_check; })) return 6;
    switch (worst()) {
        case Class::ok:
            return 0;
        case Class::file_not_found:
        case Class::bad_interface:
        case Class::fatal:
            return 4;
        case Class::security:
            return 6;
        default:
            return 5;
    }
}

bool Diagnostics::refuses_reload() const {
    return any([](const Diagnostic& d) {
        return d.ends_reader || d.include_check || d.refuses_reload ||
               (counts(d) && is_unbalanced(d.severity));
    });
}

void Diagnostics::forget_interfaces() {
    kinds_.clear();  // they know places in the list
    std::erase_if(list, [](const Diagnostic& d) {
        return d.severity == Class::bad_interface || d.severity == Class::fatal ||
               d.severity == Class::warning || d.severity == Class::security;
    });
}

void Diagnostics::remove_repetitions() {
    kinds_.clear();
    using Key = std::tuple<Class, std::uint32_t, std::uint32_t, std::uint32_t, std::string>;
    std::set<Key> seen;
    std::set<std::pair<std::uint32_t, std::uint32_t>> unterminated;
    std::erase_if(list, [&](const Diagnostic& d) {
        const auto place = std::pair(d.where.file, d.where.line);
        const bool has_place = d.where.line != 0;
        if (d.severity == Class::unmatched_quote && has_place) return !unterminated.insert(place).second;
        // What came out of an expansion stands at one place many times, each time with another chain.
        std::string rest = d.text + '\n';
        for (const auto& [where, what] : d.related)
            rest += fmt::format("{}:{}:{}\n", where.file, where.line, what);
        return !seen.emplace(d.severity, d.where.file, d.where.line, d.where.column, std::move(rest)).second;
    });
}

Diagnostic& DiagnosticSink::add(Diagnostic diagnostic) {
    if (enrich) enrich(diagnostic);
    return into_->add(std::move(diagnostic));
}

Diagnostic& DiagnosticSink::report(Class severity, Span where, std::string text) {
    Diagnostic diagnostic;
    diagnostic.severity = severity;
    diagnostic.where = where;
    diagnostic.text = std::move(text);
    return add(std::move(diagnostic));
}

Diagnostic& DiagnosticSink::log(Class severity, Span where, std::string text) {
    auto& diagnostic = report(severity, where, std::move(text));
    diagnostic.log_only = true;
    return diagnostic;
}

Diagnostic& DiagnosticSink::missing_parameter(Span where, std::string_view statement_start,
                                              std::string_view keyword, std::size_t position) {
    auto& diagnostic = report(Class::missing_parameter, where,
                              fmt::format("*** Configuration line starting `{}` is missing a parameter after "
                                          "keyword `{}` at word position {}",
                                          statement_start, keyword, position));
    diagnostic.ends_reader = true;
    return diagnostic;
}

}  // namespace conf
