#include "lib/process/start_up_pages.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace process {

namespace {

/// Segments without PF_W alone: what relocation has written (RELRO, which looks read-only too) lies in those with it.
int forget_constant_segments(dl_phdr_info* object, std::size_t, void*) {
    if (object->dlpi_addr == ::getauxval(AT_SYSINFO_EHDR)) return 0;  // the vdso is no file
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
        const std::uintptr_t aligned = begin / page * page;
        (void)::madvise(reinterpret_cast<void*>(aligned), begin + segment.p_memsz - aligned, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void give_memory_back() { ::malloc_trim(0); }

std::size_t free_memory() { return ::mallinfo2().fordblks; }

void forget_start_up_pages() {
    give_memory_back();
    ::dl_iterate_phdr(forget_constant_segments, nullptr);
}

}  // namespace process
