# CPack's Debian packages, each made of install components:
#   libthumbjobs0 libthumbjobs-dev thumbd thumbjobs-desktop python3-thumbjobs
# A part that this build leaves out has no package. They are made where the prefix is /usr, as Debian
# has it: scripts/package.sh, or `cpack` in a build folder of the preset dev or package.
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr" OR NOT THUMBJOBS_SHARED)
    return()
endif()
# Who makes packages for others names himself. By default they are for this machine, where mail to the
# service's user is read by its administrator.
set(THUMBJOBS_MAINTAINER "Local build of thumbjobs <thumbjobs@localhost>"
    CACHE STRING "Who the Debian packages name as their maintainer")

set(library_package libthumbjobs${THUMBJOBS_ABI})
set(package_files ${PROJECT_BINARY_DIR}/packaging)

# --- What only packages have: components that a plain `cmake --install` leaves alone, since these
# places are outside of any prefix.
if(TARGET thumbd)
    configure_file(${PROJECT_SOURCE_DIR}/packaging/thumbd.service.in
        ${package_files}/thumbd.service @ONLY)
    install(FILES ${package_files}/thumbd.service
        DESTINATION /usr/lib/systemd/system
        COMPONENT thumbd_system EXCLUDE_FROM_ALL)
    install(FILES ${PROJECT_SOURCE_DIR}/packaging/thumbjobs.sysusers
        DESTINATION /usr/lib/sysusers.d RENAME thumbjobs.conf
        COMPONENT thumbd_system EXCLUDE_FROM_ALL)
    install(FILES ${PROJECT_BINARY_DIR}/share/thumbd.conf
        DESTINATION /etc/thumbjobs
        COMPONENT thumbd_system EXCLUDE_FROM_ALL)
endif()

# thumbjobs_package(<name> <section> <summary> COMPONENTS <components> [DEPENDS <packages>]
#                   [RECOMMENDS <packages>])
set(CPACK_COMPONENTS_ALL "")
set(THUMBJOBS_PACKAGES "")
macro(thumbjobs_package name section summary)
    cmake_parse_arguments(package "" "" "COMPONENTS;DEPENDS;RECOMMENDS" ${ARGN})
    list(APPEND THUMBJOBS_PACKAGES ${name})
    # Every package brings its licence and the list of its changes.
    install(FILES ${package_files}/copyright ${package_files}/changelog.gz
        DESTINATION /usr/share/doc/${name}
        COMPONENT ${name}_doc EXCLUDE_FROM_ALL)
    string(TOUPPER ${name} upper)
    foreach(component IN ITEMS ${package_COMPONENTS} ${name}_doc)
        list(APPEND CPACK_COMPONENTS_ALL ${component})
        string(TOUPPER ${component} upper_component)
        set(CPACK_COMPONENT_${upper_component}_GROUP ${name})
    endforeach()
    list(JOIN package_DEPENDS ", " package_DEPENDS)
    list(JOIN package_RECOMMENDS ", " package_RECOMMENDS)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${package_DEPENDS}")
    set(CPACK_DEBIAN_${upper}_PACKAGE_RECOMMENDS "${package_RECOMMENDS}")
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}
thumbjobs turns images into thumbnails in the background: whoever submits an
image gets a job at once, which is finished even if the process is killed in
between. Jobs are kept in SQLite or Redis, images in a folder, S3 or Redis.")
endmacro()

file(READ ${PROJECT_SOURCE_DIR}/LICENSE thumbjobs_licence)
string(REGEX REPLACE "^.*authors\n\n" "" thumbjobs_licence "${thumbjobs_licence}")
string(REGEX REPLACE "\n+$" "" thumbjobs_licence "${thumbjobs_licence}")
string(REPLACE "\n\n" "\n.\n" thumbjobs_licence "${thumbjobs_licence}")
string(REPLACE "\n" "\n " thumbjobs_licence " ${thumbjobs_licence}")
configure_file(${PROJECT_SOURCE_DIR}/packaging/debian/copyright.in ${package_files}/copyright @ONLY)
configure_file(${PROJECT_SOURCE_DIR}/packaging/debian/changelog.in ${package_files}/changelog @ONLY)
execute_process(COMMAND gzip -9nkf ${package_files}/changelog COMMAND_ERROR_IS_FATAL ANY)

set(same_library "${library_package} (= ${PROJECT_VERSION})")
set(codecs "")
if(EXISTS /etc/os-release)
    file(STRINGS /etc/os-release codename REGEX "^VERSION_CODENAME=")
    if(NOT codename STREQUAL "VERSION_CODENAME=bookworm")
        # From libheif 1.16 on, the AVIF and HEIC codecs are packages of their own.
        set(codecs libheif-plugin-aomenc libheif-plugin-dav1d libheif-plugin-libde265)
    endif()
endif()
thumbjobs_package(${library_package} libs "thumbnails as durable background jobs: the library"
    COMPONENTS thumbjobs_runtime
    RECOMMENDS ${codecs})
string(TOUPPER ${library_package} upper)
set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/debian/triggers)
thumbjobs_package(libthumbjobs-dev libdevel "thumbnails as durable background jobs: development files"
    COMPONENTS thumbjobs_development
    DEPENDS ${same_library})
if(TARGET thumbd)
    thumbjobs_package(thumbd web "thumbnails as durable background jobs: the daemon"
        COMPONENTS thumbd thumbd_system
        DEPENDS ${same_library} "systemd | systemd-standalone-sysusers | systemd-sysusers"
            "init-system-helpers (>= 1.54)"
        RECOMMENDS fonts-dejavu-core ca-certificates)
    set(CPACK_DEBIAN_THUMBD_PACKAGE_CONTROL_EXTRA
        ${PROJECT_SOURCE_DIR}/packaging/debian/conffiles
        ${PROJECT_SOURCE_DIR}/packaging/debian/postinst
        ${PROJECT_SOURCE_DIR}/packaging/debian/prerm
        ${PROJECT_SOURCE_DIR}/packaging/debian/postrm)
endif()
if(TARGET thumbjobs-desktop)
    thumbjobs_package(thumbjobs-desktop graphics "thumbnails as durable background jobs: the desktop app"
        COMPONENTS desktop
        DEPENDS ${same_library})
endif()
if(TARGET thumbjobs_python)
    # The module is made for one Python.
    math(EXPR next_minor "${Python_VERSION_MINOR} + 1")
    thumbjobs_package(python3-thumbjobs python "thumbnails as durable background jobs: the Python module"
        COMPONENTS python
        DEPENDS ${same_library} "python3 (>= ${Python_VERSION_MAJOR}.${Python_VERSION_MINOR})"
            "python3 (<< ${Python_VERSION_MAJOR}.${next_minor})"
        RECOMMENDS python3-pil)
    set(CPACK_DEBIAN_PYTHON3-THUMBJOBS_PACKAGE_CONTROL_EXTRA
        ${PROJECT_SOURCE_DIR}/packaging/debian/python/postinst
        ${PROJECT_SOURCE_DIR}/packaging/debian/python/prerm)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME thumbjobs)
set(CPACK_PACKAGE_VENDOR "The thumbjobs authors")
set(CPACK_PACKAGE_CONTACT ${THUMBJOBS_MAINTAINER})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
# Each package has a summary of its own; CPack puts any other than its default in front.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_DEFAULT_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${THUMBJOBS_MAINTAINER})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
# Files go to /etc as well as to /usr.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# What programs link is looked up in the packages of this machine; the library among them is ours.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
include(CPack)
