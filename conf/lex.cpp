// Splits logical lines into words and counts braces: conf-language.md §4, §8.1.
#include "conf/lex.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace conf {

namespace {

constexpr bool is_blank(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

std::size_t skip_blanks(std::string_view line, std::size_t at) {
    while (at < line.size() && is_blank(line[at])) ++at;
    return at;
}

std::size_t plain_word_end(std::string_view line, std::size_t at) {
    while (at < line.size() && !is_blank(line[at]) && line[at] != '"') ++at;
    return at;
}

}  // namespace

StatementReader::StatementReader(std::string_view text, const PositionTable& positions, DiagnosticSink& sink)
    : text_(text), positions_(positions), sink_(sink) {
    previous_enrich_ = std::move(sink_.enrich);
    sink_.enrich = [this](Diagnostic& diagnostic) {
        if (diagnostic.where.line == 0 || !sink_.has_room()) return;
        const bool is_current =
            diagnostic.where.line == statement_.where.line && diagnostic.where.file == statement_.where.file;
        auto trail = is_current ? chain() : include_chain(positions_.table().files, diagnostic.where.file);
        diagnostic.related.insert(diagnostic.related.begin(), trail.begin(), trail.end());
    };
}

StatementReader::~StatementReader() { sink_.enrich = std::move(previous_enrich_); }

bool StatementReader::read_line() {
    if (at_ >= text_.size()) return false;
    const auto end = std::min(text_.find('\n', at_), text_.size());
    statement_.raw = text_.substr(at_, end - at_);
    at_ = end + 1;
    positions_.next();
    return true;
}

void StatementReader::split_words() {
    const std::string_view line = statement_.raw;
    const auto& position = positions_.current();
    statement_.words.clear();
    for (std::size_t at = skip_blanks(line, 0); at < line.size(); at = skip_blanks(line, at)) {
        if (line[at] != '"') {
            const std::size_t end = plain_word_end(line, at);
            statement_.words.push_back({line.substr(at, end - at), position.span(at, end - at), false});
            at = end;
            continue;
        }
        const std::size_t end = line.find('"', at + 1);
        if (end == std::string_view::npos) {
            statement_.where = position.span(at, line.size() - at);
            sink_.report(Class::unmatched_quote, statement_.where, fmt::format("Unmatched quote: '{}'", line))
                .expected = "a closing \"";
            return;
        }
        statement_.words.push_back(
            {line.substr(at + 1, end - at - 1), position.span(at, end + 1 - at), true});
        at = end + 1;
    }
}

void StatementReader::take_brace(Statement::Kind kind) {
    statement_.kind = kind;
    statement_.where = positions_.current().span(0, 1);
    statement_.words.clear();
    statement_.words.push_back({statement_.raw, statement_.where, false});
}

void StatementReader::take_end() {
    statement_.kind = Statement::Kind::end;
    statement_.words.clear();
    statement_.raw = {};
}

const Statement& StatementReader::next() {
    do {
        if (!read_line()) {
            take_end();
            return statement_;
        }
        if (statement_.raw == "{") {
            ++depth_;
            take_brace(Statement::Kind::open_brace);
            return statement_;
        }
        if (statement_.raw == "}") {
            if (depth_ > 0) --depth_;
            take_brace(Statement::Kind::close_brace);
            return statement_;
        }
        split_words();
    } while (statement_.words.empty());

    statement_.where = statement_.words[0].where;
    statement_.kind = Statement::Kind::statement;
    return statement_;
}

bool StatementReader::is_block_next() const { return text_.substr(at_, 2) == "{\n"; }

bool StatementReader::open_block() {
    if (!is_block_next()) return false;
    next();
    return true;
}

/// Looks at braces only: nothing inside is split into words, or looked up.
void StatementReader::skip_until(std::uint32_t depth) {
    while (read_line()) {
        if (statement_.raw == "{") {
            ++depth_;
        } else if (statement_.raw == "}") {
            if (depth_ > 0) --depth_;
            if (depth_ <= depth) return take_brace(Statement::Kind::close_brace);
        }
    }
    take_end();
}

void StatementReader::skip_block() {
    const std::uint32_t outside = depth_;
    if (open_block()) skip_until(outside);
}

void StatementReader::leave_block() {
    if (depth_ > 0) skip_until(depth_ - 1);
}

std::string StatementReader::directory() const {
    const auto& files = positions_.table().files;
    if (positions_.current().file >= files.size()) return "/";
    const std::string& path = files[positions_.current().file].path;
    const auto slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::vector<std::pair<Span, std::string>> StatementReader::chain() const {
    return expansion_chain(positions_.table(), positions_.current());
}

}  // namespace conf
