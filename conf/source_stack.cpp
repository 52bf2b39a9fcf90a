#include "conf/source_stack.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "conf/comments.hpp"
#include "conf/source.hpp"

namespace conf {

namespace {

/// The directory a file lies in, links resolved: what the reference's reader would change to.
std::string real_directory(const std::string& path) {
    const std::string directory = path.substr(0, path.rfind('/'));
    if (directory.empty()) return "/";
    std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(directory.c_str(), nullptr), &std::free);
    return resolved ? std::string(resolved.get()) : directory;
}

std::string in_directory(const std::string& directory, const std::string& name) {
    if (!name.empty() && name[0] == '/') return name;
    return directory == "/" ? "/" + name : directory + "/" + name;
}

}  // namespace

struct SourceStack::Source {
    virtual ~Source() = default;
    virtual bool pull_into(SourceStack& stack, Line& line) = 0;
    virtual bool is_files() const { return false; }
};

/// The matches of one include.
struct SourceStack::Files : Source {
    bool pull_into(SourceStack& stack, Line& line) override { return stack.pull(*this, line); }
    bool is_files() const override { return true; }

    SourceReader reader;
    bool is_open = false;
    std::uint32_t file = 0;          ///< index of the open one
    std::vector<std::string> names;  ///< as written
    std::size_t next = 0;
    std::string base_directory;  ///< of the file which holds the include
    std::string directory;       ///< of the open one
    Span included_from;
    IncludeChecks own_checks;     ///< which apply to opening these
    IncludeChecks checks_before;  ///< come back at the end
};

struct SourceStack::MultiLine : Source {
    bool pull_into(SourceStack& stack, Line& line) override { return stack.pull(*this, line); }

    std::shared_ptr<const Definition> definition;
    std::size_t next = 1;
    Line origin;
};

struct SourceStack::Repeated : Source {
    bool pull_into(SourceStack& stack, Line& line) override { return stack.pull(*this, line); }

    Repetition repetition;
    Line origin;
    std::uint32_t site = 0;
    std::vector<std::string> round;
    std::optional<RepeatedText> simple;
};

SourceStack::SourceStack(PositionTable& positions, Definitions& definitions, DiagnosticSink& sink, Stop stop)
    : positions_(positions), definitions_(definitions), sink_(sink), stop_(std::move(stop)) {}

SourceStack::~SourceStack() = default;

bool SourceStack::next(Line& line) {
    while (!sources_.empty() && !stopped_) {
        if (++lines_ > kMaxLines) return stop_("lines", kMaxLines);
        line.is_plain = line.is_ready = false;
        if (sources_.back()->pull_into(*this, line)) return true;
        if (stopped_) return false;
        open_includes_ -= sources_.back()->is_files() ? 1 : 0;
        sources_.pop_back();
    }
    return false;
}

bool SourceStack::pull(MultiLine& source, Line& line) {
    if (source.next >= source.definition->lines.size()) return false;
    const auto& written = source.definition->lines[source.next++];
    const Span columns = source.origin.text.columns(0, 0);
    line.stand_where(source.origin);
    line.text.assign_fixed(written.text, columns.column, columns.length);
    if (written.site) line.expansions.push_back({*written.site, {}});
    return true;
}

bool SourceStack::pull(Repeated& source, Line& line) {
    if (!source.repetition.next(source.round)) return false;
    // The last round goes the long way: it leaves the variable defined.
    if (source.simple && may_be_ready && !source.repetition.is_over()) return fill(source, line);
    std::string values;
    for (std::size_t index = 0; index < source.round.size(); ++index) {
        const auto& name = source.repetition.variables[index];
        definitions_.set(name, {{{source.round[index], std::nullopt}}});
        if (!values.empty()) values += ", ";
        values.append(name).append(" = ").append(source.round[index]);
    }
    line.stand_where(source.origin);
    line.text = source.origin.text;
    line.expansions.push_back({source.site, std::move(values)});
    return true;
}

bool SourceStack::fill(Repeated& source, Line& line) {
    const bool is_next_round = line.file == source.origin.file && line.number == source.origin.number &&
                               line.expansions.size() == source.origin.expansions.size() + 1 &&
                               line.expansions.back().site == source.site;
    if (!is_next_round) {
        line.stand_where(source.origin);
        line.expansions.push_back({source.site, {}});
    }
    auto& value = line.expansions.back().value;
    value.assign(source.repetition.variables[0]).append(" = ").append(source.round[0]);
    source.simple->fill(source.round[0], line.text);
    line.is_ready = true;
    return true;
}

bool SourceStack::pull(Files& source, Line& line) {
    for (;;) {
        if (!source.is_open && !open_next(source)) return false;
        std::string_view bytes;
        const auto got = source.reader.next(bytes);
        if (got == SourceReader::Line::end) {
            source.is_open = false;
            continue;
        }
        line.file = source.file;
        line.number = source.reader.line_number();
        line.expansions.clear();
        take_physical_line(bytes, got == SourceReader::Line::too_long, line);
        return true;
    }
}

void SourceStack::take_physical_line(std::string_view bytes, bool too_long, Line& line) {
    if (too_long) {
        sink_.report(Class::general_error, line.start(), "line too long - ignoring").expected =
            fmt::format("at most {} bytes", kMaxLineLength);
        bytes = {};
    } else if (bytes.find('\0') != std::string_view::npos) {
        sink_.report(Class::general_error, line.start(),
                     "configuration appears to have embedded NULs - ignoring line");
        bytes = {};
    }
    line.is_plain = !too_long && read_plain_line(bytes, line.plain);
    if (line.is_plain) return;
    line.text.assign(bytes, 1);
    if (strip_comments(line.text)) return;
    sink_
        .report(Class::unmatched_quote, line.whole(),
                fmt::format("Unterminated quote '{}'", line.text.text()))
        .expected = "a closing \"";
}

bool SourceStack::is_within_itself(const std::string& path, Span included_from) const {
    while (included_from.line != 0) {
        const SourceFile& outer = positions_.files[included_from.file];
        if (outer.path == path) return true;
        included_from = outer.included_from;
    }
    return false;
}

/// Opens the next match that can be read. False when there is none left: the include is over.
bool SourceStack::open_next(Files& source) {
    while (source.next < source.names.size()) {
        if (files_opened_ >= kMaxFilesOpened) {
            stopped_ = true;
            return stop_("files", kMaxFilesOpened);
        }
        const std::string& name = source.names[source.next++];
        const std::string path = in_directory(source.base_directory, name);
        if (is_within_itself(path, source.included_from) && ++self_includes_ > kMaxSelfIncludes) {
            stopped_ = true;
            return stop_("includes of a file within itself", kMaxSelfIncludes);
        }
        source.reader = {};
        const std::string reason =
            open_includes_ > kMaxIncludeDepth
                ? fmt::format("open problem (includes nested deeper than {}) - skipping", kMaxIncludeDepth)
                : source.reader.open(path);
        if (!reason.empty()) {
            complain(source.own_checks.read, source.included_from,
                     fmt::format("Configuration file '{}' {}", name, reason));
            continue;
        }
        ++files_opened_;
        source.file = static_cast<std::uint32_t>(positions_.files.size());
        positions_.files.push_back({name, path, source.included_from});
        const bool changes_directory = name.find('/') != std::string::npos;
        source.directory = changes_directory ? real_directory(path) : source.base_directory;
        source.is_open = true;
        return true;
    }
    checks = source.checks_before;
    return false;
}

void SourceStack::push_files(const FileMatches& matches, Span included_from, IncludeChecks own_checks,
                             std::string base_directory) {
    auto source = std::make_unique<Files>();
    source->names = matches.names;
    source->included_from = included_from;
    source->own_checks = own_checks;
    source->checks_before = checks;
    source->directory = base_directory;
    source->base_directory = std::move(base_directory);
    sources_.push_back(std::move(source));
    ++open_includes_;
}

void SourceStack::push_definition(std::shared_ptr<const Definition> definition, Line origin) {
    auto source = std::make_unique<MultiLine>();
    source->definition = std::move(definition);
    source->origin = std::move(origin);
    sources_.push_back(std::move(source));
}

void SourceStack::push_repetition(Repetition repetition, std::uint32_t site, Line origin) {
    auto source = std::make_unique<Repeated>();
    source->repetition = std::move(repetition);
    source->site = site;
    source->origin = std::move(origin);
    if (!source->repetition.is_list)
        source->simple = RepeatedText::of(source->origin.text, source->repetition.variables[0]);
    sources_.push_back(std::move(source));
}

bool SourceStack::has_room() {
    if (sources_.size() - open_includes_ < kMaxNestedExpansions) return true;
    stopped_ = true;
    return stop_("nested repetitions and definitions", kMaxNestedExpansions);
}

const std::string& SourceStack::directory() const {
    for (auto source = sources_.rbegin(); source != sources_.rend(); ++source) {
        if ((*source)->is_files()) return static_cast<const Files&>(**source).directory;
    }
    static const std::string kRoot = "/";
    return kRoot;
}

void SourceStack::complain(bool checked, Span where, std::string text) {
    const bool is_main_file = where.line == 0;
    if (is_main_file) {
        sink_.report(Class::file_not_found, where, std::move(text));
    } else if (checked) {
        sink_.report(Class::file_not_found, where, std::move(text)).include_check = true;
    } else {
        sink_.log(Class::file_not_found, where, std::move(text));
    }
}

}  // namespace conf
