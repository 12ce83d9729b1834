# find_package(thumbjobs) gives the target thumbjobs::thumbjobs. What the library itself is made
# with is linked into it and is none of its users' business.
include(${CMAKE_CURRENT_LIST_DIR}/thumbjobs-targets.cmake)
