// Memory which only the start needs.
#pragma once

#include <cstddef>

namespace process {

/// Bytes that were freed and that the heap has kept.
std::size_t free_memory();

/// Parsing a configuration touches most of a child's code and of its libraries, hardly any of which is used again.
/// Gives back the memory of freed pieces, and unmaps the pages of code and constants: those that are used come back
/// from the page cache, 16 with a fault, without being read again. Nothing happens to locked memory (no_swap).
void forget_start_up_pages();

/// What was freed goes back to the kernel: after work that is seldom and large.
void give_memory_back();

}  // namespace process
