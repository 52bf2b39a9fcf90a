// read, seal, open_sealed: the way from files to a model and from a generation's bytes to the same model.
#include "conf/reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/as_reference.hpp"
#include "conf/expand.hpp"
#include "conf/lex.hpp"
#include "conf/model_hash.hpp"
#include "conf/sealed.hpp"
#include "conf/slips.hpp"
#include "conf/source_lines.hpp"

namespace conf {

namespace {

std::string default_config_id(const LiveFacts& facts) {
    const std::string node = facts.host_name().node;
    return node.substr(0, node.find('.'));
}

/// Without its namespace nothing can be said of interfaces, and nothing will be started.
void check_namespace(const ReadOptions& options, const HostFacts& facts, Generation& generation) {
    const auto& name =
        options.net_namespace.empty() ? generation.model.host.net_namespace : options.net_namespace;
    if (name.empty() || facts.interfaces(name) != nullptr) return;
    generation.diagnostics.forget_interfaces();
    generation.diagnostics.namespace_unreachable = true;
    DiagnosticSink(generation.diagnostics)
        .log(Class::general_error, {}, fmt::format("Unable to enter network namespace {}", name))
        .hint = fmt::format("make it first: ip netns add {}", name);
}

/// A `#` or `!` that is no comment must not become one when the text is read again.
void append_escaped(std::string& text, std::string_view line) {
    bool in_quotes = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '"') in_quotes = !in_quotes;
        if (line[at] == '\\' && at + 1 < line.size()) {
            text += line[at++];
        } else if (!in_quotes && (line[at] == '#' || line[at] == '!')) {
            text += '\\';
        }
        text += line[at];
    }
}

/// A model is made of text, positions and facts alone: where these are the same, so is the model. With anything to say
/// the file is read as a whole, so that it is said again.
bool is_same(const Generation& running, const ParseContext& context, const ExpandedText& expanded,
             const Diagnostics& of_expansion, const LiveFacts& facts) {
    if (!running.sealed || !expanded.is_as_expected || expanded.main_file_missing) return false;
    if (!running.diagnostics.list.empty() || !of_expansion.list.empty()) return false;
    const Generation::Sealed& sealed = *running.sealed;
    return sealed.context.config_test == context.config_test &&
           sealed.context.net_namespace == context.net_namespace && sealed.positions == expanded.positions &&
           facts.still_answer(sealed.facts);
}

}  // namespace

Generation read(const ReadOptions& options) {
    const LiveFacts facts;
    return read(options, facts);
}

Generation read(const ReadOptions& options, const LiveFacts& facts) {
    Generation generation;
    ExpandOptions expansion{options.pattern, options.config_id, options.all_config};
    if (expansion.config_id.empty()) expansion.config_id = default_config_id(facts);
    if (options.running != nullptr && options.running->sealed) {
        expansion.expected = options.running->sealed->text;
        expansion.expected_positions = options.running->sealed->positions.bytes().size();
    }
    DiagnosticSink sink(generation.diagnostics);
    auto expanded = expand(expansion, sink);
    generation.main_file_missing = expanded.main_file_missing;
    const ParseContext context{options.config_test, options.is_reload, false, options.net_namespace};
    if (options.running != nullptr &&
        is_same(*options.running, context, expanded, generation.diagnostics, facts)) {
        generation.same_as_running = true;
        generation.model_hash = options.running->model_hash;
        generation.lvs_hash = options.running->lvs_hash;
        generation.sealed = options.running->sealed;
        return generation;
    }

    auto sealed = std::make_shared<Generation::Sealed>();
    // Not by `?:`, which would copy the text in either case.
    if (expanded.is_as_expected) {
        sealed->text = options.running->sealed->text;
    } else {
        sealed->text = std::move(expanded.text);
    }
    sealed->positions = std::move(expanded.positions);
    sealed->context = context;
    const Diagnostics of_expansion = generation.diagnostics;
    const bool strays = parse_generation(sealed->text, sealed->positions, facts, sealed->context, generation);
    if (strays && options.reference_complaints) {
        add_reference_complaints(sealed->text, sealed->positions, facts, sealed->context, of_expansion,
                                 generation);
    }
    check_namespace(options, facts, generation);
    if (generation.diagnostics.namespace_unreachable && options.reference_complaints) {
        keep_parents_complaints(sealed->text, sealed->positions, facts, sealed->context, of_expansion,
                                generation);
    }
    sealed->facts = facts.recorded();
    if (!options.judge_only) add_hash(generation);

    for (const auto& file : sealed->positions.files) generation.diagnostics.files.push_back(file.name);
    generation.diagnostics.remove_repetitions();
    add_source_lines(generation.diagnostics, sealed->positions.files);
    add_slip_hints(generation.diagnostics);
    generation.sealed = std::move(sealed);
    return generation;
}

namespace {

Result<UniqueFd> open_for_generation(const std::string& directory) {
    if (!directory.empty()) {
        UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
        if (!fd) return errno_error("make an anonymous file", directory);
        return fd;
    }
    UniqueFd fd(::memfd_create("keepalived-generation", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return errno_error("memfd_create", "generation");
    if (::fchmod(fd.get(), 0600) != 0) return errno_error("fchmod", "generation");
    return fd;
}

/// Nobody can write any more. A file of tmp_config_directory cannot be sealed: only a read-only descriptor goes on.
Result<UniqueFd> closed_to_writers(UniqueFd fd, bool is_memory_file) {
    if (!is_memory_file) {
        const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
        UniqueFd readable(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!readable) return errno_error("reopen", "generation");
        return readable;
    }
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        return errno_error("seal", "generation");
    }
    return fd;
}

Result<> write_whole(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno_error("write", "generation");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

}  // namespace

Result<UniqueFd> seal(const Generation& generation, bool redact) {
    const std::string& directory = generation.model.global.tmp_config_directory;
    auto fd = open_for_generation(directory);
    if (!fd) return fd;
    Result<> written;
    encode_sealed(generation, redact, [&](std::string_view bytes) {
        if (written) written = write_whole(fd->get(), bytes);
    });
    if (!written) return written.error();
    return closed_to_writers(std::move(*fd), directory.empty());
}

std::string expanded_text(const Generation& generation) {
    std::string text;
    if (!generation.sealed) return text;
    const std::string_view lines = generation.sealed->text;
    std::size_t depth = 0;
    for (std::size_t begin = 0; begin < lines.size();) {
        const std::size_t end = std::min(lines.find('\n', begin), lines.size());
        const std::string_view line = lines.substr(begin, end - begin);
        begin = end + 1;
        if (line == "{" && !text.empty()) {
            text.back() = ' ';
            text += "{\n";
            ++depth;
            continue;
        }
        if (line == "}" && depth > 0) --depth;
        text.append(4 * std::min<std::size_t>(depth, 16), ' ');
        append_escaped(text, line);
        text += '\n';
    }
    return text;
}

std::string unchangeable_difference(const Model& running, const Model& next) {
    const auto fixed = [](std::string_view what) {
        return fmt::format("Cannot change {} at a reload - please restart keepalived", what);
    };
    if (running.host.instance != next.host.instance) return fixed("instance name");
    if (running.host.net_namespace != next.host.net_namespace) return fixed("network namespace");
    const auto& was = running.global;
    const auto& is = next.global;
    if (was.nftables != is.nftables || was.nftables_table != is.nftables_table)
        return fixed("nftables table name");
    if (running.host.net_namespace_ipvs != next.host.net_namespace_ipvs)
        return fixed("IPVS network namespace");
    if (was.nftables_ipvs != is.nftables_ipvs || was.nftables_ipvs_table != is.nftables_ipvs_table)
        return fixed("IPVS nftables table name");
    if (was.tmp_config_directory != is.tmp_config_directory) return fixed("config_directory");
    if (was.disable_local_igmp != is.disable_local_igmp) return fixed("disable_local_igmp");
    return {};
}

}  // namespace conf
