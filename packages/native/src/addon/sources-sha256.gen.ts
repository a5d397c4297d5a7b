// npm run build:native
export const SOURCES_SHA256 = '55022623ce255b5e97f9a4f4f2fd83f8226c3151e47c29cf4604a6ed2e8adad2';
