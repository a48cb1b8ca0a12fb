"""Records of ISO/IEC 19794: faces, fingers and irises as devices and chips exchange them."""
