use super::*;
#[test]
fn scratch() {
    let chat = Chat::new(inventory());
    let toolbox = crate::local::toolbox::Shelf::default().toolbox(&chat.request.tools);
    let world = crate::local::world::World::new(&chat.request, toolbox);
    let reading = crate::local::reading::Reading::new("is the orders db healthy?", &world);
    println!("{reading:?}");
    for c in crate::local::intent::rank(&world, &reading, crate::local::intent::Scope::Reading) {
        println!("{} {}", world.tools[c.tool].tool, c.score);
    }
}
