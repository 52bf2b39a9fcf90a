find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(NL IMPORTED_TARGET REQUIRED libnl-3.0)
pkg_check_modules(NLROUTE IMPORTED_TARGET REQUIRED libnl-route-3.0)
pkg_check_modules(NLGENL IMPORTED_TARGET REQUIRED libnl-genl-3.0)
pkg_check_modules(SECCOMP IMPORTED_TARGET REQUIRED libseccomp)
pkg_check_modules(CAPNG IMPORTED_TARGET REQUIRED libcap-ng)

# Header-only Boost, with system headers so that its warnings are not ours.
add_library(boost_headers INTERFACE)
target_include_directories(boost_headers SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
