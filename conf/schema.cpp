// Drives the tables: statements in, setters called, then the passes over what was read (conf-language.md §8, §13).
#include "conf/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

#include "conf/check.hpp"
#include "conf/explain.hpp"
#include "conf/schema_blocks.hpp"
#include "conf/schema_context.hpp"

namespace conf {

namespace {

/// One walk through the text with the tables.
class Walk {
  public:
    Walk(Context& context, StatementReader& reader) : context_(context), reader_(reader) {}

    /// The statements of a block up to its "}" or the end of the text.
    void block(const Block& table, void* target) {
        for (;;) {
            const auto& statement = reader_.next();
            complain_of_missing_brace(statement);
            if (statement.kind == Statement::Kind::end || statement.kind == Statement::Kind::close_brace)
                return;
            one(table, target, statement);
            if (std::exchange(context_.leaves_block, false)) return;
        }
    }

    void one(const Block& table, void* target, const Statement& statement) {
        if (statement.kind == Statement::Kind::open_brace) {
            context_.report(Class::unexpected_open_brace, statement.where, "Unexpected '{' - ignoring")
                .expected = "a keyword which takes a block in front of it";
            context_.reference_strays = true;
            if (context_.parse.reference_process == 0) reader_.leave_block();
            return;
        }
        const auto* keyword = table.find(statement.keyword());
        if (keyword == nullptr) {
            unknown(table, statement);
            if (context_.parse.reference_process != 0) return;
            context_.reference_strays |= reader_.is_block_next();
            reader_.skip_block();
            return;
        }
        known(*keyword, target, statement);
    }

    void known(const Keyword& keyword, void* target, const Statement& statement) {
        const Args args{keyword, statement};
        if (keyword.idle) say_idle(keyword, args);
        if (keyword.block != nullptr) return sub_block(keyword, target, args);
        if (keyword.value_block && !(keyword.block_optional && !reader_.is_block_next())) {
            return value_block(keyword, target, args);
        }
        keyword.set(context_, target, args);
    }

  private:
    static std::string place_of(const Block& block) {
        return &block == &kTopBlock ? "at the top level" : fmt::format("in `{}`", block.path);
    }

    void unknown(const Block& table, const Statement& statement) {
        const auto word = statement.keyword();
        if (!context_.sink.has_room()) {
            context_.report(Class::unknown_keyword, statement.where, {});
            return;
        }
        auto& problem = context_.report(Class::unknown_keyword, statement.where,
                                        fmt::format("Unknown keyword '{}'", word));
        problem.hint = hint_for(table, word);
    }

    /// A word that is unknown once is often unknown again: the search through all tables is dear.
    const std::string& hint_for(const Block& table, std::string_view word) {
        const auto known = std::find_if(hints_.begin(), hints_.end(), [&](const Hint& hint) {
            return hint.table == &table && hint.word == word;
        });
        if (known != hints_.end()) return known->text;
        Hint& hint = hints_[next_hint_++ % hints_.size()];
        hint = {&table, std::string(word), searched_hint(table, word)};
        return hint.text;
    }

    static std::string searched_hint(const Block& table, std::string_view word) {
        const auto near = nearest(table, word);
        if (const auto* home = home_of(word)) {
            const auto belongs = fmt::format("`{}` belongs {}", word, place_of(*home));
            if (home == &kTopBlock) return belongs + ": is a '}' missing above?";
            // `interfaces` in an instance: more probably a slip than a line that got lost.
            const bool is_slip = !near.empty() && edit_distance(near, word) == 1;
            return is_slip ? fmt::format("did you mean `{}`? {}", near, belongs) : belongs;
        }
        if (!near.empty()) return fmt::format("did you mean `{}`?", near);
        const auto elsewhere = suggestion(word);
        if (elsewhere.empty()) return {};
        return fmt::format("did you mean `{}`? It belongs {}", elsewhere, place_of(*home_of(elsewhere)));
    }

    /// Never silent, never a fault of the file: it does not count for -t.
    void say_idle(const Keyword& keyword, const Args& args) {
        context_.sink.log(Class::warning, args.where(),
                          fmt::format("{} is understood, but has no effect in this version", keyword.name));
    }

    void sub_block(const Keyword& keyword, void* parent, const Args& args) {
        const ObjectName outer = context_.object;
        void* target = keyword.block->open(context_, parent, args);
        if (target == nullptr) return reader_.skip_block();
        const auto where = args.where();
        const bool is_list =
            keyword.block->line != nullptr && (keyword.block->keywords.empty() || args.empty());
        if (keyword.block_optional && !reader_.is_block_next()) {
            if (is_list) context_.need(args);
            if (keyword.block->close != nullptr) keyword.block->close(context_, target);
            context_.object = outer;
            return;
        }
        if (!reader_.open_block()) {
            context_.reference_strays = true;
            brace_missing_behind_ = keyword.name;
            ends_without_brace_ = keyword.block->keywords.empty();
        }
        if (is_list) {
            lines(keyword, keyword.block->line, target);
        } else {
            block(*keyword.block, target);
        }
        context_.opening = where;
        context_.closing = reader_.current().is_end() ? where : reader_.current().where;
        if (keyword.block->close != nullptr) keyword.block->close(context_, target);
        context_.object = outer;
    }

    void value_block(const Keyword& keyword, void* target, const Args& args) {
        if (!args.empty()) {
            context_.error(args.span(),
                           fmt::format("Block {} has extra parameters {} ...", keyword.name, args.value()));
        }
        if (!reader_.open_block()) {
            context_.reference_strays = true;
            context_.sink
                .log(Class::missing_open_brace, args.where(),
                     fmt::format("'{{' missing from beginning of block {}", keyword.name))
                .hint =
                fmt::format("its lines stand between braces: `{} {{`, one a line, `}}`", keyword.name);
        }
        Statement closing;
        context_.opening = closing.where = args.where();
        lines(keyword, keyword.set, target);
        if (keyword.end == nullptr) return;
        if (!reader_.current().is_end()) closing.where = reader_.current().where;
        keyword.end(context_, target, Args{keyword, closing, 0});
    }

    void lines(const Keyword& keyword, Setter set, void* target) {
        for (;;) {
            const auto& line = reader_.next();
            complain_of_missing_brace(line);
            if (line.kind == Statement::Kind::end || line.kind == Statement::Kind::close_brace) return;
            // The next "}" ends this block; whoever passes over it by counting braces ends elsewhere.
            if (line.kind == Statement::Kind::open_brace) context_.reference_strays = true;
            set(context_, target, Args{keyword, line, 0});
        }
    }

    /// Said where the block should have begun, as the reference does; nothing behind the last line of all.
    void complain_of_missing_brace(const Statement& found) {
        const auto keyword = std::exchange(brace_missing_behind_, {});
        if (keyword.empty() || found.is_end()) return;
        // Of a list with a name the reference reads no further: "a parameter is missing at word position 1".
        const auto severity = ends_without_brace_ ? Class::missing_parameter : Class::missing_open_brace;
        auto& problem =
            context_.report(severity, found.where, "Missing '{' at beginning of configuration block");
        problem.expected = fmt::format("`{{` behind `{}`", keyword);
        problem.ends_reader = ends_without_brace_;
    }

    Context& context_;
    StatementReader& reader_;
    std::string_view brace_missing_behind_;
    bool ends_without_brace_ = false;
    struct Hint {
        const Block* table = nullptr;
        std::string word, text;
    };
    std::array<Hint, 4> hints_;
    std::size_t next_hint_ = 0;
};

/// global_defs and the supervisor's keywords first, wherever they stand: what other blocks copy from them does not
/// depend on the order of the file (spec/README.md).
void read_globals(Context& context, const StatementReader& whole) {
    Diagnostics scratch;
    DiagnosticSink lexical(scratch);
    StatementReader reader(whole.text(), whole.positions(), lexical);
    const auto outer_enrich = std::exchange(context.sink.enrich, lexical.enrich);
    Walk walk(context, reader);
    for (;;) {
        const auto& statement = reader.next();
        if (statement.is_end()) break;
        if (statement.kind != Statement::Kind::statement) continue;
        const auto* keyword = kTopBlock.find(statement.keyword());
        scratch.list.clear();
        if (keyword == nullptr || !keyword->first_pass) {
            reader.skip_block();
            continue;
        }
        walk.known(*keyword, &context.model, statement);
        for (auto& problem : scratch.list) context.sink.add(std::move(problem));
    }
    context.sink.enrich = outer_enrich;
}

/// Which children a top-level word asks for (conf-language.md §1.2).
void note_children(Model& model, std::string_view word) {
    model.wants_vrrp |= word == "vrrp_instance" || word == "static_ipaddress" || word == "static_routes" ||
                        word == "static_rules";
    model.wants_checker |= word == "virtual_server";
    model.wants_bfd |= word == "bfd_instance";
}

/// Read in the first pass, or not by this process of the reference.
bool is_elsewhere(const Keyword& keyword, std::uint8_t reference_process) {
    if (reference_process == 0) return keyword.first_pass;
    return keyword.first_pass != (reference_process == kParent) || (keyword.process & reference_process) == 0;
}

void read_rest(Context& context, StatementReader& reader) {
    Walk walk(context, reader);
    for (;;) {
        const auto& statement = reader.next();
        if (statement.is_end()) return;
        if (statement.kind == Statement::Kind::close_brace) {
            context.report(Class::unknown_keyword, statement.where, "Unknown keyword '}'");
            continue;
        }
        const auto* keyword = kTopBlock.find(statement.keyword());
        if (keyword != nullptr && is_elsewhere(*keyword, context.parse.reference_process)) {
            reader.skip_block();
            continue;
        }
        note_children(context.model, statement.keyword());
        if (keyword != nullptr && context.parse.without_lvs && keyword->process == kChecker) {
            reader.skip_block();
            continue;
        }
        walk.one(kTopBlock, &context.model, statement);
    }
}

/// Addresses of which families an instance may have must be known at its first one, wherever the keyword stands.
void find_dual_stack(Context& context, const StatementReader& whole) {
    if (whole.text().find("dual_stack") == std::string_view::npos) return;
    Diagnostics unseen;
    DiagnosticSink lexical(unseen);
    StatementReader reader(whole.text(), whole.positions(), lexical);
    std::string instance;
    for (;;) {
        const auto& statement = reader.next();
        if (statement.is_end()) return;
        if (reader.depth() == 0 && statement.kind == Statement::Kind::statement) {
            const bool is_instance = statement.keyword() == "vrrp_instance" && statement.words.size() > 1;
            instance = is_instance ? statement.words[1].text : std::string_view{};
        } else if (reader.depth() == 1 && statement.keyword() == "dual_stack") {
            context.dual_stack.insert(instance);
        }
    }
}

/// What follows from a missing interface alone (no address left, no interface) is said, but does not count.
std::function<void(Diagnostic&)> as_consequence(std::function<void(Diagnostic&)> enrich) {
    return [enrich = std::move(enrich)](Diagnostic& problem) {
        if (enrich) enrich(problem);
        problem.log_only = true;
    };
}

}  // namespace

bool parse_model(StatementReader& reader, const HostFacts& facts, const ParseContext& parse, Model& model,
                 DiagnosticSink& sink) {
    Context context{model, sink, facts, parse};
    context.net_namespace = parse.net_namespace;
    if (parse.reference_process != kParent) read_globals(context, reader);
    finish_globals(context);
    finish_laggs(context);
    find_dual_stack(context, reader);
    read_rest(context, reader);
    finish_lvs(context);
    const auto enrich = sink.enrich;
    if (context.missing_interface) sink.enrich = as_consequence(enrich);
    finish_vrrp(context);
    sink.enrich = enrich;
    finish_scripts(context);
    return context.reference_strays;
}

}  // namespace conf
