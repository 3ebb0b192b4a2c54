export const dynamic = 'force-dynamic';

export default function Page() {
  return <main>Hello from process {process.pid}</main>;
}
