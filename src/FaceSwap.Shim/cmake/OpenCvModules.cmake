# fs_find_opencv(MODULE...): an interface library fs_opencv_MODULE for each, by headers and libraries. The distributions' configuration file
# demands every module of OpenCV with all that those need, some 250 packages; each module's own package is enough for what is linked here.
function(fs_find_opencv)
  find_path(FS_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
  foreach(module ${ARGN})
    if(NOT TARGET fs_opencv_${module})
      find_path(FS_OPENCV_INCLUDE_${module} opencv2/${module}.hpp PATH_SUFFIXES opencv4 REQUIRED)
      find_library(FS_OPENCV_${module} NAMES opencv_${module} opencv_${module}4 REQUIRED)
      add_library(fs_opencv_${module} INTERFACE IMPORTED GLOBAL)
      set_target_properties(fs_opencv_${module} PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${FS_OPENCV_INCLUDE}" INTERFACE_LINK_LIBRARIES "${FS_OPENCV_${module}}")
    endif()
  endforeach()
endfunction()
