// The way of the children: from a generation's bytes to its model. Apart from reader.cpp, so that a child does not carry
// what only the supervisor needs: files, users, the tables of iproute2.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
    generation.model_hash = model_hash(generation.model);
    return reference_strays;
}

Result<Generation> open_sealed(int fd) {
    struct stat state {};
    if (::fstat(fd, &state) != 0) return errno_error("fstat", "generation");
    const auto size = static_cast<std::size_t>(state.st_size);
    void* mapped = size == 0 ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED) return errno_error("map", "generation");
    auto decoded = decode_sealed({static_cast<const char*>(mapped), size});
    ::munmap(mapped, size);
    if (!decoded) return decoded.error();

    Generation generation;
    generation.number = decoded->number;
    auto& sealed = decoded->sealed;
    for (const auto& file : sealed.positions.files) generation.diagnostics.files.push_back(file.name);
    const RecordedFacts facts(sealed.facts);
    parse_generation(sealed.text, sealed.positions, facts, sealed.context, generation);
    generation.diagnostics.remove_repetitions();
    // An observer's model lacks the secrets: it goes by the supervisor's number, and keeps the text to show it.
    if (decoded->redacted) {
        generation.model_hash = decoded->model_hash;
        generation.sealed = std::make_shared<Generation::Sealed>(std::move(sealed));
    }
    return generation;
}

}  // namespace conf
