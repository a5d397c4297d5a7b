// npm run build:native
export const SOURCES_SHA256 = 'b6f6ee0b9a2f62cd0a84a7e921bad55c2e5f70c8871bbb157ca5405aba024bb7';
