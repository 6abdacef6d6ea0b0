//! From parser events to the tree.

use super::{
    Duplicate, Kind, MAX_DEPTH, MAX_EXPANDED, Node, Style, Yaml, YamlError, count,
    mend::{self, Mended},
};
use crate::evidence::Region;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// For how many bytes of text room for a node is made ahead.
const BYTES_PER_NODE: usize = 24;

/// Mappings up to this size look for duplicates without a hash set.
const SMALL: usize = 16;

pub(super) fn parse(text: &str) -> Result<Yaml<'_>, YamlError> {
    let plain = build(text, text, &HashMap::new());
    let Err(error) = &plain else { return plain };
    if !error.why.starts_with("invalid indentation") {
        return plain;
    }
    match mend::mend(text) {
        Some(Mended { text: mended, blanks }) => build(&mended, text, &blanks),
        None => plain,
    }
}

/// The tree of a text, with places as in the source from which it differs by blanks before lines.
fn build<'a>(
    text: &str,
    source: &'a str,
    blanks: &HashMap<usize, usize>,
) -> Result<Yaml<'a>, YamlError> {
    let nodes = Vec::with_capacity(text.len() / BYTES_PER_NODE);
    let mut builder = Builder {
        tree: Yaml { source, nodes, ..Yaml::default() },
        open: Vec::new(),
        pending: Vec::new(),
        anchors: HashMap::new(),
        blanks,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| at(error.marker(), error.info()))?;
        builder.take(event, span)?;
    }
    Ok(builder.tree)
}

/// A collection whose end has not come.
struct Open {
    map: bool,
    anchor: usize,
    tag: Option<Box<str>>,
    start: Marker,
    /// Where its children begin in `pending`.
    base: usize,
}

struct Builder<'a, 'b> {
    tree: Yaml<'a>,
    open: Vec<Open>,
    pending: Vec<u32>,
    anchors: HashMap<usize, u32>,
    /// Blanks that the text has before a line and the source has not.
    blanks: &'b HashMap<usize, usize>,
}

impl<'a> Builder<'a, '_> {
    fn take(&mut self, event: Event, span: Span) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let region = self.in_source(scalar_region(&text, style, span));
                let kind = Kind::Scalar(self.kept(text, style, span), style_of(style));
                let id = self.push(Node { kind, tag: local(tag), span: region, expanded: 1 });
                self.place(id, anchor);
            }
            Event::SequenceStart(anchor, tag) => self.begin(false, anchor, tag, span.start)?,
            Event::MappingStart(anchor, tag) => self.begin(true, anchor, tag, span.start)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end)?,
            Event::Alias(anchor) => {
                let id = self.anchors.get(&anchor).copied().ok_or_else(|| {
                    at(&span.start, "an alias stands inside the node that it names")
                })?;
                self.pending.push(id);
            }
            Event::DocumentEnd => {
                self.tree.roots.append(&mut self.pending);
                self.anchors.clear();
            }
            Event::DocumentStart(_) | Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
        }
        Ok(())
    }

    /// A scalar's text, borrowed where it stands in the source as it is: the parser gives every text a
    /// buffer of its own. Its offsets count characters, so that behind others than ASCII most are kept.
    fn kept(&self, text: Cow<str>, style: ScalarStyle, span: Span) -> Cow<'a, str> {
        let quote = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let start = span.start.index() + usize::from(quote);
        match self.tree.source.get(start..start + text.len()) {
            Some(same) if same == text => Cow::Borrowed(same),
            _ => Cow::Owned(text.into_owned()),
        }
    }

    /// A place in the text that is parsed, as a place in the source.
    fn in_source(&self, mut region: Region) -> Region {
        let blanks = |line: u32| count(self.blanks.get(&(line as usize)).copied().unwrap_or(0));
        let less = |column: u32, line: u32| column.saturating_sub(blanks(line)).max(1);
        region.start_column = less(region.start_column, region.start_line);
        region.end_column = less(region.end_column, region.end_line);
        region
    }

    fn push(&mut self, node: Node<'a>) -> u32 {
        self.tree.nodes.push(node);
        count(self.tree.nodes.len() - 1)
    }

    fn place(&mut self, id: u32, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.pending.push(id);
    }

    fn begin(
        &mut self,
        map: bool,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        start: Marker,
    ) -> Result<(), YamlError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(at(&start, &format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let base = self.pending.len();
        self.open.push(Open { map, anchor, tag: local(tag), start, base });
        Ok(())
    }

    fn end(&mut self, end: Marker) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let mut children = self.pending.split_off(open.base);
        if open.map {
            children = self.mapping(children, &open.start)?;
        }
        let expanded = children
            .iter()
            .fold(1u32, |sum, id| sum.saturating_add(self.tree.nodes[*id as usize].expanded));
        if expanded > MAX_EXPANDED || self.tree.edges.len() > MAX_EXPANDED as usize {
            return Err(at(&open.start, "its aliases expand beyond what is read"));
        }
        let first = count(self.tree.edges.len());
        self.tree.edges.append(&mut children);
        let last = count(self.tree.edges.len());
        let kind = if open.map { Kind::Map(first, last) } else { Kind::Seq(first, last) };
        let span = self.in_source(region(&open.start, &end));
        let id = self.push(Node { kind, tag: open.tag, span, expanded });
        self.place(id, open.anchor);
        Ok(())
    }

    /// Notes duplicates (the later wins) and applies `<<`.
    fn mapping(&mut self, children: Vec<u32>, start: &Marker) -> Result<Vec<u32>, YamlError> {
        let mut merges: Vec<u32> = Vec::new();
        let mut kept: Vec<u32> = Vec::with_capacity(children.len());
        for pair in children.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            let Kind::Scalar(text, _) = &self.tree.nodes[key as usize].kind else {
                let line = self.tree.nodes[key as usize].span.start_line;
                let why = "a key is not plain text (an unrendered template?)".to_owned();
                return Err(YamlError { line, why });
            };
            if text == "<<" {
                merges.push(value);
            } else {
                kept.extend([key, value]);
            }
        }
        self.drop_duplicates(&mut kept);
        for merge in merges {
            self.merge(merge, &mut kept, start)?;
        }
        Ok(kept)
    }

    fn key(&self, id: u32) -> &str {
        match &self.tree.nodes[id as usize].kind {
            Kind::Scalar(text, _) => text,
            _ => "",
        }
    }

    fn drop_duplicates(&mut self, pairs: &mut Vec<u32>) {
        if !self.has_duplicates(pairs) {
            return;
        }
        let mut place: HashMap<&str, usize> = HashMap::new();
        let mut kept: Vec<u32> = Vec::with_capacity(pairs.len());
        let mut found = Vec::new();
        for pair in pairs.chunks_exact(2) {
            let key = self.key(pair[0]);
            if let Some(first) = place.get(key) {
                let line = self.tree.nodes[pair[0] as usize].span.start_line;
                found.push(Duplicate { line, key: key.to_owned() });
                kept[*first] = pair[0];
                kept[*first + 1] = pair[1];
            } else {
                place.insert(key, kept.len());
                kept.extend(pair);
            }
        }
        *pairs = kept;
        self.tree.duplicates.extend(found);
    }

    fn has_duplicates(&self, pairs: &[u32]) -> bool {
        let keys = || pairs.iter().step_by(2).map(|id| self.key(*id));
        if pairs.len() <= 2 * SMALL {
            return keys().enumerate().any(|(i, key)| keys().take(i).any(|other| other == key));
        }
        let mut seen = HashSet::with_capacity(pairs.len() / 2);
        !keys().all(|key| seen.insert(key))
    }

    /// Adds the entries of a merged mapping, or of several, that are not there yet.
    fn merge(&self, from: u32, pairs: &mut Vec<u32>, start: &Marker) -> Result<(), YamlError> {
        let edges = |first: u32, last: u32| &self.tree.edges[first as usize..last as usize];
        match self.tree.nodes[from as usize].kind {
            Kind::Seq(first, last) => {
                for id in edges(first, last) {
                    if matches!(self.tree.nodes[*id as usize].kind, Kind::Map(..)) {
                        self.merge(*id, pairs, start)?;
                    }
                }
            }
            Kind::Map(first, last) => {
                let added = {
                    let seen: HashSet<&str> =
                        pairs.iter().step_by(2).map(|id| self.key(*id)).collect();
                    let new = edges(first, last)
                        .chunks_exact(2)
                        .filter(|pair| !seen.contains(self.key(pair[0])));
                    new.flatten().copied().collect::<Vec<u32>>()
                };
                if pairs.len() + added.len() > MAX_EXPANDED as usize {
                    return Err(at(start, "its merge keys expand beyond what is read"));
                }
                pairs.extend(added);
            }
            Kind::Scalar(..) => {}
        }
        Ok(())
    }
}

fn at(marker: &Marker, why: &str) -> YamlError {
    YamlError { line: count(marker.line()), why: why.to_owned() }
}

fn local(tag: Option<Cow<Tag>>) -> Option<Box<str>> {
    tag.filter(|tag| !tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str().into())
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

/// The parser lets the span of some quoted scalars run into a comment behind them; on one line the
/// text itself says where it ends.
fn scalar_region(text: &str, style: ScalarStyle, span: Span) -> Region {
    let mut region = region(&span.start, &span.end);
    let quotes = match style {
        ScalarStyle::Plain => 0,
        ScalarStyle::SingleQuoted if !text.contains('\'') => 2,
        ScalarStyle::DoubleQuoted if !text.contains(['\\', '"']) => 2,
        _ => return region,
    };
    let end = region.start_column.saturating_add(count(text.chars().count()) + quotes);
    if region.start_line == region.end_line && end < region.end_column {
        region.end_column = end;
    }
    region
}

fn region(start: &Marker, end: &Marker) -> Region {
    Region {
        start_line: count(start.line()).max(1),
        start_column: count(start.col()) + 1,
        end_line: count(end.line()).max(1),
        end_column: count(end.col()) + 1,
    }
}
