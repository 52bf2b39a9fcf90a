// The way of the children: from a generation's bytes to its model. Apart from reader.cpp, so that a child does not carry
// what only the supervisor needs: files, users, the tables of iproute2.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "conf/lex.hpp"
#include "conf/model_hash.hpp"
#include "conf/reader.hpp"
#include "conf/sealed.hpp"

namespace conf {

bool parse_generation(std::string_view text, const PositionTable& positions, const HostFacts& facts,
                      const ParseContext& context, Generation& generation) {
    DiagnosticSink sink(generation.diagnostics);
    StatementReader reader(text, positions, sink);
    const bool reference_strays = parse_model(reader, facts, context, generation.model, sink);
    return reference_strays;
}

void add_hash(Generation& generation) {
    generation.lvs_hash = lvs_hash(generation.model);
    generation.model_hash = model_hash(generation.model, generation.lvs_hash);
}

namespace {

/// The bytes of the descriptor. Copied, not mapped: at a reload the heap has pages for them already, while those of a mapping
/// would be touched for the first time.
std::string bytes_of(int fd) {
    std::string bytes;
    struct stat state {};
    if (::fstat(fd, &state) != 0) return bytes;
    bytes.resize(static_cast<std::size_t>(state.st_size));
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got =
            ::pread(fd, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

}  // namespace

Result<Generation> open_sealed(int fd, Wanted wanted) {
    const std::string bytes = bytes_of(fd);
    if (bytes.empty()) return errno_error("read", "generation");
    auto decoded = decode_sealed(bytes);
    if (!decoded) return decoded.error();

    Generation generation;
    generation.number = decoded->number;
    auto& sealed = decoded->sealed;
    for (const auto& file : sealed.positions.files) generation.diagnostics.files.push_back(file.name);
    const RecordedFacts facts(sealed.facts);
    sealed.context.without_lvs = wanted == Wanted::all_but_lvs;
    parse_generation(decoded->text, sealed.positions, facts, sealed.context, generation);
    generation.lvs_hash = sealed.context.without_lvs ? decoded->lvs_hash : lvs_hash(generation.model);
    generation.model_hash = model_hash(generation.model, generation.lvs_hash);
    generation.diagnostics.remove_repetitions();
    // An observer's model lacks the secrets: it goes by the supervisor's number, and keeps the text to show it.
    if (decoded->redacted) {
        generation.model_hash = decoded->model_hash;
        sealed.text = decoded->text;
        sealed.positions.stream = sealed.positions.borrowed;
        sealed.positions.borrowed = {};
        generation.sealed = std::make_shared<Generation::Sealed>(std::move(sealed));
    }
    return generation;
}

}  // namespace conf
