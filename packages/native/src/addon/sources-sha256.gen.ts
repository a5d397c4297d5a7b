// npm run build:native
export const SOURCES_SHA256 = '4e4ffc68890c033a1e45ef3731e31ae5e4fb211fbadf3287c7f0383a327661aa';
